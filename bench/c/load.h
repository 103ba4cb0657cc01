// What the load generators share: programs that are the clients of a server to be measured, of
// which they know the port and the process.
#pragma once
#include "bench.h"

static inline void sleep_ms(long ms) {
  struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  nanosleep(&t, NULL);
}

// User and system time of the process `pid`, its threads included, in ns. The kernel adds what a
// running thread has used only at its next switch or tick: the server is given time to fall asleep.
static inline int64_t cpu_ns_of(long pid) {
  clockid_t clock;
  struct timespec t;
  sleep_ms(10);
  errno = clock_getcpuclockid((pid_t)pid, &clock);
  if (errno || clock_gettime(clock, &t) < 0) fail("the server's CPU clock");
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Closes without a handshake, so that no port is kept in TIME_WAIT.
static inline void close_at_once(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) < 0 || close(fd) < 0)
    fail("close");
}
