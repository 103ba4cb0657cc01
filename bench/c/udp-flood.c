// Asks for a flood of datagrams and counts those that come.
#include "bench.h"

#define BATCH 64
#define SIZE 2048
#define OVER UINT32_MAX

static int fd;
static struct sockaddr_in flooder;

static void ask(uint32_t count) {
  if (sendto(fd, &count, sizeof count, MSG_NOSIGNAL, (struct sockaddr*)&flooder, sizeof flooder) <
      0)
    fail("sendto");
}

static long flood(uint32_t total) {
  static unsigned char data[BATCH][SIZE];
  static struct sockaddr_storage names[BATCH];
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH];
  long received = 0;
  int64_t last = -1;
  ask(total);
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      parts[i] = (struct iovec){data[i], SIZE};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
      messages[i].msg_hdr.msg_name = &names[i];
      messages[i].msg_hdr.msg_namelen = sizeof names[i];
    }
    int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (count <= 0) fail("recvmmsg");
    for (int i = 0; i < count; i++) {
      uint32_t number, of;
      memcpy(&number, data[i], sizeof number);
      memcpy(&of, data[i] + sizeof number, sizeof of);
      if (number == OVER && of == total) return received;
      if (number == OVER) continue;  // the flood before this one
      if (number <= last || number >= total) errno = 0, fail("another datagram came");
      last = number;
      received++;
    }
  }
}

int main(int argc, char** argv) {
  uint32_t count = (uint32_t)number(argc, argv, "count", 1000);
  flooder = loopback(number(argc, argv, "port", 0));
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  flood((uint32_t)number(argc, argv, "warmup", 100));
  int64_t cpu = cpu_ns(), start = now_ns();
  long received = flood(count);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld,\"sent\":%u}\n", (long long)ns,
         (long long)(cpu_ns() - cpu), received, count);
  ask(0);
  return 0;
}
