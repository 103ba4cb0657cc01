// A descriptor with a byte through a socketpair, and close of what came, in one thread.
#include <sys/stat.h>
#include <sys/uio.h>

#include "bench.h"

static int ends[2], file;

static void pass(long count, int check) {
  unsigned char out = 0, in = 0;
  struct iovec from = {&out, 1}, into = {&in, 1};
  struct stat sent, received;
  if (fstat(file, &sent) < 0) fail("fstat");
  for (long i = 0; i < count; i++) {
    if (check) out = (unsigned char)i;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof file)] = {0};
    struct msghdr message = {.msg_iov = &from, .msg_iovlen = 1};
    message.msg_control = control, message.msg_controllen = sizeof control;
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(header), &file, sizeof file);
    if (sendmsg(ends[0], &message, MSG_NOSIGNAL) != 1) fail("sendmsg");
    message.msg_iov = &into, message.msg_controllen = sizeof control;
    if (recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC) != 1) fail("recvmsg");
    header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS) errno = 0, fail("no descriptor came");
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    if (check && (fstat(fd, &received) < 0 || in != out || received.st_dev != sent.st_dev ||
                  received.st_ino != sent.st_ino))
      errno = 0, fail("another byte or file came");
    if (close(fd) < 0) fail("close");
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
  file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("open");
  pass(number(argc, argv, "checked", 100), 1);
  pass(number(argc, argv, "warmup", 0), 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  pass(count, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count);
  return 0;
}
