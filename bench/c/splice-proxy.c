// A proxy from one connection to the next that is accepted: the first pair by splice(2) through a
// pipe, the second by recv(2) and send(2) with a buffer.
#include "bench.h"

#include <poll.h>

static unsigned char buffer[CHUNK];

static int accept_one(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) fail("accept");
  no_delay(fd);
  return fd;
}

static void wait_for(int fd, short events) {
  struct pollfd waited = {.fd = fd, .events = events};
  if (poll(&waited, 1, -1) < 0) fail("poll");
}

// 0 once there is nothing more, 1 where the end has come.
static int move_by_splice(int from, int to, int pipe[2]) {
  for (;;) {
    ssize_t n = splice(from, NULL, pipe[1], NULL, MAX_SIZE, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return 1;
    while (n > 0) {
      ssize_t sent = splice(pipe[0], NULL, to, NULL, (size_t)n, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (sent < 0 && errno != EAGAIN) fail("splice");
      if (sent < 0) wait_for(to, POLLOUT);
      if (sent > 0) n -= sent;
    }
  }
}

static int move_by_copy(int from, int to) {
  for (;;) {
    ssize_t n = recv(from, buffer, CHUNK, 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) return 1;
    for (ssize_t sent = 0; sent < n;) {
      ssize_t more = send(to, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);
      if (more < 0 && errno != EAGAIN) fail("send");
      if (more < 0) wait_for(to, POLLOUT);
      if (more > 0) sent += more;
    }
  }
}

int main(void) {
  int listener = listen_loopback(0, 4), ends[4], pipe_ends[2];
  for (int i = 0; i < 4; i++) ends[i] = accept_one(listener);
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0) fail("pipe");
  fcntl(pipe_ends[1], F_SETPIPE_SZ, 262144);
  for (;;) {
    struct pollfd sources[2] = {{.fd = ends[0], .events = POLLIN},
                                {.fd = ends[2], .events = POLLIN}};
    if (poll(sources, 2, -1) < 0) fail("poll");
    if (sources[0].revents && move_by_splice(ends[0], ends[1], pipe_ends)) return 0;
    if (sources[1].revents && move_by_copy(ends[2], ends[3])) return 0;
  }
}
