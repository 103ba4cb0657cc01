// Answers each request, a little-endian uint64, with so many bytes of the pattern.
#include "bench.h"

int main(void) {
  unsigned char* pattern = new_pattern();
  int fd = accept_loopback();
  uint64_t left;
  while (receive_all(fd, &left, sizeof left)) {
    for (; left >= CHUNK; left -= CHUNK) send_all(fd, pattern, CHUNK);
    send_all(fd, pattern, left);
  }
  return 0;
}
