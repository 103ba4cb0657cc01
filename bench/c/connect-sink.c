// Accepts every client and closes its connection at once, until the first one leaves: that stays
// for as long as the clients' program runs.
#include "bench.h"

int main(void) {
  int listener = listen_loopback(0, BACKLOG), poller = epoll_create1(EPOLL_CLOEXEC);
  int first = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  int fds[] = {first, listener};
  if (poller < 0 || first < 0) fail("accept4, epoll_create1");
  for (int i = 0; i < 2; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fds[i], &event) < 0) fail("epoll_ctl");
  }
  for (;;) {
    struct epoll_event event;
    if (epoll_wait(poller, &event, 1, -1) < 0) {
      if (errno == EINTR) continue;
      fail("epoll_wait");
    }
    if (event.data.fd == first) return 0;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    // A client that is gone already is one that had connected.
    if (fd < 0 && errno != ECONNABORTED) fail("accept4");
    if (fd >= 0) close(fd);
  }
}
