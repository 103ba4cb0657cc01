// A datagram of two halves out with a control message, and into two halves with one, in one thread.
#include <sys/uio.h>

#include "bench.h"

#define HALF 32

static int near, far;

static void exchange(long count, int check) {
  unsigned char out[2][HALF] = {{0}}, in[2][HALF];
  struct iovec from[2] = {{out[0], HALF}, {out[1], HALF}}, into[2] = {{in[0], HALF}, {in[1], HALF}};
  for (long i = 0; i < count; i++) {
    int tos = 4 * (int)(i % 8);
    if (check) memset(out, (int)i, sizeof out), out[1][0]++;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof tos)] = {0};
    struct msghdr sent = {.msg_iov = from, .msg_iovlen = 2};
    sent.msg_control = control, sent.msg_controllen = sizeof control;
    struct cmsghdr* header = CMSG_FIRSTHDR(&sent);
    header->cmsg_level = IPPROTO_IP, header->cmsg_type = IP_TOS;
    header->cmsg_len = CMSG_LEN(sizeof tos);
    memcpy(CMSG_DATA(header), &tos, sizeof tos);
    if (sendmsg(near, &sent, MSG_NOSIGNAL) != 2 * HALF) fail("sendmsg");
    struct sockaddr_storage address;
    struct msghdr received = {.msg_iov = into, .msg_iovlen = 2};
    received.msg_name = &address, received.msg_namelen = sizeof address;
    received.msg_control = control, received.msg_controllen = sizeof control;
    if (recvmsg(far, &received, MSG_CMSG_CLOEXEC) != 2 * HALF) fail("recvmsg");
    header = CMSG_FIRSTHDR(&received);
    if (!header || header->cmsg_level != IPPROTO_IP || *CMSG_DATA(header) != tos)
      errno = 0, fail("another control message came");
    if (check && memcmp(in, out, sizeof out) != 0) errno = 0, fail("other bytes came");
  }
}

static int bound(struct sockaddr_in* address) {
  socklen_t length = sizeof *address;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  *address = loopback(0);
  if (fd < 0 || bind(fd, (struct sockaddr*)address, length) < 0 ||
      getsockname(fd, (struct sockaddr*)address, &length) < 0)
    fail("bind");
  return fd;
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000);
  struct sockaddr_in here, there;
  int on = 1;
  near = bound(&here), far = bound(&there);
  if (connect(near, (struct sockaddr*)&there, sizeof there) < 0 ||
      setsockopt(far, IPPROTO_IP, IP_RECVTOS, &on, sizeof on) < 0)
    fail("connect, setsockopt");
  exchange(number(argc, argv, "checked", 100), 1);
  exchange(number(argc, argv, "warmup", 0), 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  exchange(count, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count);
  return 0;
}
