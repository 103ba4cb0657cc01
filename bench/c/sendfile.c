// A file of so many chunks to tcp-sink by sendfile(2), again and again.
#include <sys/sendfile.h>

#include "bench.h"

static long chunks;

static int new_file(void) {
  unsigned char* pattern = new_pattern();
  FILE* file = tmpfile();
  if (!file) fail("tmpfile");
  for (long i = 0; i < chunks; i++) {
    if (fwrite(pattern, CHUNK, 1, file) != 1) fail("fwrite");
  }
  if (fflush(file) != 0) fail("fflush");
  free(pattern);
  return fileno(file);
}

static void send_files(int fd, int file, long count, int check) {
  uint64_t size = (uint64_t)chunks * CHUNK;
  uint64_t announced[2] = {size * (uint64_t)count, (uint64_t)check}, good;
  send_all(fd, announced, sizeof announced);
  for (long i = 0; i < count; i++) {
    off_t offset = 0;
    while ((uint64_t)offset < size) {
      if (sendfile(fd, file, &offset, size - (uint64_t)offset) <= 0) fail("sendfile");
    }
  }
  if (!receive_all(fd, &good, sizeof good) || good != announced[0])
    errno = 0, fail("the sink got other bytes");
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1);
  chunks = number(argc, argv, "chunks", 16);
  int file = new_file();
  int fd = connect_loopback(number(argc, argv, "port", 0));
  send_files(fd, file, number(argc, argv, "checked", 1), 1);
  send_files(fd, file, number(argc, argv, "warmup", 0), 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  send_files(fd, file, count, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count * chunks);
  return 0;
}
