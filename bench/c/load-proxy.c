// Chunks through both pairs of connections of a proxy by turns, the next one when the last has
// come out whole: what each costs the proxy.
#include "load.h"

#include <poll.h>

#define TURNS 6

static unsigned char received[MAX_SIZE], sent[MAX_SIZE];
static size_t size;

static void move_one(int in, int out, int check) {
  size_t gone = 0, come = 0;
  while (come < size) {
    struct pollfd both[2] = {{.fd = out, .events = POLLIN},
                             {.fd = gone < size ? in : -1, .events = POLLOUT}};
    if (poll(both, 2, -1) < 0) fail("poll");
    if (both[1].revents) {
      ssize_t n = send(in, sent + gone, size - gone, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN) fail("send");
      if (n > 0) gone += (size_t)n;
    }
    if (both[0].revents) {
      ssize_t n = recv(out, received + come, size - come, MSG_DONTWAIT);
      if (n == 0 || (n < 0 && errno != EAGAIN)) fail("recv");
      if (n > 0) come += (size_t)n;
    }
  }
  if (check && memcmp(received, sent, size) != 0) errno = 0, fail("other bytes came");
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 10), port = number(argc, argv, "port", 0);
  long pid = number(argc, argv, "pid", 0);
  int ends[4];
  size = (size_t)number(argc, argv, "size", 4096);
  if (size > MAX_SIZE) fail("size");
  for (size_t i = 0; i < size; i++) sent[i] = pattern_at(i);
  for (int i = 0; i < 4; i++) ends[i] = connect_loopback(port);
  for (int pair = 0; pair < 4; pair += 2) {
    for (long i = number(argc, argv, "checked", 10); i > 0; i--)
      move_one(ends[pair], ends[pair + 1], 1);
    for (long i = number(argc, argv, "warmup", 0); i > 0; i--)
      move_one(ends[pair], ends[pair + 1], 0);
  }
  int64_t ns[2] = {0, 0}, cpu[2] = {0, 0};
  for (int turn = 0; turn < 2 * TURNS; turn++) {
    // By turns, and each as often the first of two.
    int which = (turn & 1) ^ (turn / 2 & 1);
    int64_t cpu_before = cpu_ns_of(pid), start = now_ns();
    for (long i = 0; i < count; i++) move_one(ends[2 * which], ends[2 * which + 1], 0);
    ns[which] += now_ns() - start;
    cpu[which] += cpu_ns_of(pid) - cpu_before;
  }
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld,\"plainNs\":%lld,\"plainCpuNs\":%lld}\n",
         (long long)ns[0], (long long)cpu[0], count * TURNS, (long long)ns[1], (long long)cpu[1]);
  for (int i = 0; i < 4; i++) close_at_once(ends[i]);
  return 0;
}
