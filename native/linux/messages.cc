#include "../messages.h"

#include <sys/syscall.h>

#include "../syscall.h"
#include "../system.h"

namespace berkeley {

namespace {

// A signal ends a call that blocks: whoever wants it again has to ask.
int Result(long result) { return result == -1 ? -errno : static_cast<int>(result); }

static_assert(sizeof(BatchMessage) == sizeof(mmsghdr), "as the kernel has it");
static_assert(offsetof(BatchMessage, length) == offsetof(mmsghdr, msg_len), "as the kernel has it");

// As in system.cc: not the C library's functions, which are cancellation points, but where the
// sanitizers look at them.
#ifdef __SANITIZE_ADDRESS__
int Receive(int fd, BatchMessage* messages, size_t count, int flags) {
  return Result(recvmmsg(fd, reinterpret_cast<mmsghdr*>(messages), static_cast<unsigned>(count),
                         flags, nullptr));
}
int Send(int fd, BatchMessage* messages, size_t count, int flags) {
  return Result(
      sendmmsg(fd, reinterpret_cast<mmsghdr*>(messages), static_cast<unsigned>(count), flags));
}
#else
int Receive(int fd, BatchMessage* messages, size_t count, int flags) {
  return Result(syscall(SYS_recvmmsg, fd, messages, count, flags, nullptr));
}
int Send(int fd, BatchMessage* messages, size_t count, int flags) {
  return Result(syscall(SYS_sendmmsg, fd, messages, count, flags));
}
#endif

}  // namespace

// The kernel itself keeps an error that came after some messages. Its own timeout is only looked at
// after a message, so it is not used.
int ReceiveMessages(int fd, BatchMessage* messages, size_t count, int flags, int*) {
  flags |= MSG_WAITFORONE;
  const int result = Receive(fd, messages, count, flags);
  if (result != -EINVAL || (flags & MSG_CMSG_CLOEXEC) == 0) return result;
  // Descriptors come to unix sockets alone, and several other families refuse the flag.
  return FamilyOf(fd) == AF_UNIX ? result : Receive(fd, messages, count, flags & ~MSG_CMSG_CLOEXEC);
}

int SendMessages(int fd, BatchMessage* messages, size_t count, int flags) {
  const int result = Send(fd, messages, count, flags);
  if (result != -EINVAL && result != -EOPNOTSUPP) return result;
  // These two refuse MSG_NOSIGNAL, and raise no signal without it.
  const int family = FamilyOf(fd);
  if (family != AF_RDS && family != AF_QIPCRTR) return result;
  return Send(fd, messages, count, flags & ~MSG_NOSIGNAL);
}

}  // namespace berkeley
