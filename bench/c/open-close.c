// socket(2) and close(2).
#include "bench.h"

static void pairs(long count) {
  for (long i = 0; i < count; i++) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || close(fd) < 0) fail("socket, close");
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000);
  pairs(number(argc, argv, "warmup", 0));
  int64_t start = now_ns();
  pairs(count);
  printf("{\"ns\":%lld,\"count\":%ld}\n", (long long)(now_ns() - start), count);
  return 0;
}
