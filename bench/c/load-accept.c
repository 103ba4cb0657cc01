// The clients of a server that closes each connection at once: `parallel` of them at a time, each
// of which waits for the end of its stream and makes room for the next.
#include "load.h"

static int* fds;
static long parallel, port;

// The server's end of the stream and nothing else.
static void await_end(int fd) {
  char byte;
  ssize_t n = recv(fd, &byte, 1, 0);
  if (n > 0) errno = 0;
  if (n != 0) fail("the end of the stream");
  close_at_once(fd);
}

static void run(long total) {
  for (long i = 0; i < total + parallel; i++) {
    if (i >= parallel && i - parallel < total) await_end(fds[i % parallel]);
    if (i < total) fds[i % parallel] = connect_loopback(port);
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000), pid = number(argc, argv, "pid", 0);
  port = number(argc, argv, "port", 0);
  parallel = number(argc, argv, "parallel", 8);
  fds = calloc((size_t)parallel, sizeof *fds);
  if (!fds) fail("calloc");
  run(number(argc, argv, "warmup", 0));
  int64_t cpu = cpu_ns_of(pid), start = now_ns();
  run(count);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns,
         (long long)(cpu_ns_of(pid) - cpu), count);
  return 0;
}
