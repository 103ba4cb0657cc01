// An echo server for many clients over epoll, level-triggered: a receive and a send for each
// readiness.
#include "bench.h"

struct connection {
  int fd;
  uint64_t bytes;
};

static char buffer[CHUNK];

static void accept_all(int poller, int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) fail("accept4");
    no_delay(fd);
    struct connection* conn = calloc(1, sizeof *conn);
    if (!conn) fail("calloc");
    conn->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
  }
}

static void serve(struct connection* conn) {
  ssize_t n = recv(conn->fd, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    close(conn->fd);
    free(conn);
    return;
  }
  conn->bytes += (uint64_t)n;
  // What is in flight is far less than a send buffer: a part sent is an error here.
  if (send(conn->fd, buffer, (size_t)n, MSG_NOSIGNAL) != n) fail("send");
}

int main(void) {
  struct epoll_event events[256], of_listener = {.events = EPOLLIN, .data.ptr = NULL};
  raise_descriptor_limit();
  int listener = listen_loopback(SOCK_NONBLOCK, BACKLOG), poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &of_listener) < 0) fail("epoll");
  for (;;) {
    int ready = epoll_wait(poller, events, 256, -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; i++) {
      struct connection* conn = events[i].data.ptr;
      conn ? serve(conn) : accept_all(poller, listener);
    }
  }
}
