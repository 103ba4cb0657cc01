// Sends back what it receives, from one client until it leaves.
#include "bench.h"

int main(void) {
  static char buffer[MAX_SIZE];
  int fd = accept_loopback();
  ssize_t n;
  while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0) send_all(fd, buffer, (size_t)n);
  if (n < 0) fail("recv");
  return 0;
}
