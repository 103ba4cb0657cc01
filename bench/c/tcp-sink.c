// Takes, after each announcement of two little-endian uint64 (bytes to come, whether to compare
// them with the pattern), so many bytes, and answers with the number of good ones as a uint64.
#include "bench.h"

int main(void) {
  static unsigned char buffer[CHUNK];
  unsigned char* pattern = new_pattern();
  int fd = accept_loopback();
  uint64_t announced[2];
  while (receive_all(fd, announced, sizeof announced)) {
    uint64_t seen = 0, good = 0;
    while (seen < announced[0]) {
      size_t wanted = announced[0] - seen < CHUNK ? announced[0] - seen : CHUNK;
      ssize_t n = recv(fd, buffer, wanted, 0);
      if (n <= 0) fail("recv");
      if (!announced[1] || memcmp(buffer, pattern + seen % CHUNK, (size_t)n) == 0)
        good += (uint64_t)n;
      seen += (uint64_t)n;
    }
    send_all(fd, &good, sizeof good);
  }
  return 0;
}
