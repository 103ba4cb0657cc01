// Accepts every client and closes its connection at once, blocking.
#include "bench.h"

int main(void) {
  int listener = listen_loopback(0, BACKLOG);
  for (;;) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int fd = accept4(listener, (struct sockaddr*)&address, &length, SOCK_CLOEXEC);
    if (fd < 0 || close(fd) < 0) fail("accept4, close");
  }
}
