// Accepts every client and closes its connection at once.
#include "bench.h"

int main(void) {
  struct epoll_event event = {.events = EPOLLIN};
  int listener = listen_loopback(SOCK_NONBLOCK, BACKLOG), poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll");
  for (;;) {
    if (epoll_wait(poller, &event, 1, -1) < 0 && errno != EINTR) fail("epoll_wait");
    for (;;) {
      struct sockaddr_in address;
      socklen_t length = sizeof address;
      int fd = accept4(listener, (struct sockaddr*)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && errno == EAGAIN) break;
      if (fd < 0 || close(fd) < 0) fail("accept4, close");
    }
  }
}
