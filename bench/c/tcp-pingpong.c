// Sends a message and receives its echo before the next one.
#include "bench.h"

static unsigned char out[MAX_SIZE], in[MAX_SIZE];

// With `times` each trip's own is noted, which costs two readings of the clock.
static void trips(int fd, long count, size_t size, int check, uint32_t* times) {
  for (long i = 0; i < count; i++) {
    int64_t start = times ? now_ns() : 0;
    if (check) memset(out, (int)i, size);
    if (send(fd, out, size, MSG_NOSIGNAL) != (ssize_t)size) fail("send");
    for (size_t got = 0; got < size;) {
      ssize_t n = recv(fd, in + got, size - got, 0);
      if (n <= 0) fail("recv");
      got += (size_t)n;
    }
    if (times) times[i] = (uint32_t)(now_ns() - start);
    if (check && memcmp(in, out, size) != 0) errno = 0, fail("other bytes came back");
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000), timed = number(argc, argv, "timed", 0);
  size_t size = (size_t)number(argc, argv, "size", 1);
  uint32_t* times = malloc(((size_t)timed + 1) * sizeof *times);
  if (!times) fail("malloc");
  int fd = connect_loopback(number(argc, argv, "port", 0));
  trips(fd, number(argc, argv, "checked", 100), size, 1, NULL);
  trips(fd, number(argc, argv, "warmup", 0), size, 0, NULL);
  trips(fd, timed, size, 0, times);
  int64_t cpu = cpu_ns(), start = now_ns();
  trips(fd, count, size, 0, NULL);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld", (long long)ns, (long long)(cpu_ns() - cpu),
         count);
  if (timed > 0) print_latencies(times, timed);
  puts("}");
  return 0;
}
