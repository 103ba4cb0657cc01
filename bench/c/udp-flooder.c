// Floods whoever asks, a datagram with a little-endian uint32, with so many numbered datagrams of
// 64 bytes, then with some that say that it is over, and which flood it was, until it is asked
// again. Ends when it is asked for none.
#include "bench.h"

#include <netinet/udp.h>
#include <poll.h>

#define BATCH 64
#define SIZE 64
#define OVER UINT32_MAX

int main(void) {
  struct sockaddr_in address = loopback(0), asker;
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, length) < 0 ||
      getsockname(fd, (struct sockaddr*)&address, &length) < 0)
    fail("bind");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  // The kernel cuts a batch into datagrams (UDP_SEGMENT): one at a time, a CPU cannot send as many
  // as another one receives.
  int size = SIZE;
  if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) < 0) fail("UDP_SEGMENT");
  static unsigned char data[BATCH][SIZE];
  for (;;) {
    uint32_t request[2] = {OVER}, *count = &request[1], next = 0;
    length = sizeof asker;
    if (recvfrom(fd, count, sizeof *count, 0, (struct sockaddr*)&asker, &length) != sizeof *count)
      fail("recvfrom");
    if (*count == 0) return 0;
    while (next < *count) {
      unsigned now = *count - next < BATCH ? *count - next : BATCH;
      for (unsigned i = 0; i < now; i++, next++) memcpy(data[i], &next, sizeof next);
      if (sendto(fd, data, now * SIZE, MSG_NOSIGNAL, (struct sockaddr*)&asker, sizeof asker) < 0)
        fail("sendto");
    }
    // The receiver's queue may be full still.
    struct pollfd asked = {fd, POLLIN, 0};
    while (poll(&asked, 1, 2) == 0) {
      if (sendto(fd, request, sizeof request, MSG_NOSIGNAL, (struct sockaddr*)&asker,
                 sizeof asker) < 0)
        fail("sendto");
    }
  }
}
