// Floods whoever asks, a datagram with a little-endian uint32, with so many numbered datagrams of
// 64 bytes, then with some that say that it is over, and which flood it was, until it is asked
// again. Ends when it is asked for none.
#include "bench.h"

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
  static unsigned char data[BATCH][SIZE];
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH];
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){data[i], SIZE};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    messages[i].msg_hdr.msg_name = &asker;
    messages[i].msg_hdr.msg_namelen = sizeof asker;
  }
  for (;;) {
    uint32_t request[2] = {OVER}, *count = &request[1], next = 0;
    length = sizeof asker;
    if (recvfrom(fd, count, sizeof *count, 0, (struct sockaddr*)&asker, &length) != sizeof *count)
      fail("recvfrom");
    if (*count == 0) return 0;
    while (next < *count) {
      unsigned now = *count - next < BATCH ? *count - next : BATCH;
      for (unsigned i = 0; i < now; i++, next++) memcpy(data[i], &next, sizeof next);
      if (sendmmsg(fd, messages, now, MSG_NOSIGNAL) != (int)now) fail("sendmmsg");
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
