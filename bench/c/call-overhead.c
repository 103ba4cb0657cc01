// One byte through a socketpair and back out of it, in one thread: nothing waits, so only the calls
// cost.
#include "bench.h"

static int ends[2];

static void pairs(long count, int check) {
  unsigned char out = 0, in = 0;
  for (long i = 0; i < count; i++) {
    if (check) out = (unsigned char)i;
    if (send(ends[0], &out, 1, MSG_NOSIGNAL) != 1 || recv(ends[1], &in, 1, 0) != 1)
      fail("send, recv");
    if (check && in != out) errno = 0, fail("another byte came out");
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
  pairs(number(argc, argv, "checked", 100), 1);
  pairs(number(argc, argv, "warmup", 0), 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  pairs(count, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count);
  return 0;
}
