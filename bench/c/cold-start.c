// Connects, and sends the one byte back that it receives.
#include "bench.h"

int main(int argc, char** argv) {
  unsigned char byte;
  int fd = connect_loopback(number(argc, argv, "port", 0));
  if (recv(fd, &byte, 1, 0) != 1 || send(fd, &byte, 1, 0) != 1) fail("the byte");
  return 0;
}
