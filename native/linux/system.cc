#include "../system.h"

#include <sys/syscall.h>

#include "../syscall.h"

namespace berkeley {

namespace {

// RDS and QIPCRTR refuse MSG_NOSIGNAL, and raise no signal without it. `send` makes the call with
// the flags that it is given.
template <typename Send>
ssize_t SendQuietly(int fd, int flags, Send send) {
  const ssize_t result = send(flags);
  if (result != -1 || (errno != EINVAL && errno != EOPNOTSUPP)) return result;
  const int error = errno;
  const int family = FamilyOf(fd);
  if (family == AF_RDS || family == AF_QIPCRTR) return send(flags & ~MSG_NOSIGNAL);
  errno = error;
  return -1;
}

// Descriptors come to unix sockets alone, and several other families refuse MSG_CMSG_CLOEXEC.
// `receive` makes the call with the flags that it is given.
template <typename Receive>
ssize_t ReceiveClosing(int fd, int flags, Receive receive) {
  const ssize_t result = receive(flags);
  if (result != -1 || errno != EINVAL || (flags & MSG_CMSG_CLOEXEC) == 0) return result;
  const int family = FamilyOf(fd);
  if (family >= 0 && family != AF_UNIX && family != AF_INET && family != AF_INET6) {
    return receive(flags & ~MSG_CMSG_CLOEXEC);
  }
  errno = EINVAL;
  return -1;
}

}  // namespace

// The C library's send and recv are cancellation points: in a process with threads, as Node's is,
// they pay two atomic operations for what nobody uses here. The sanitizers look at the library's
// functions, so their build keeps them.
#ifdef __SANITIZE_ADDRESS__
ssize_t SendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
               socklen_t address_length) {
  return SendQuietly(fd, flags, [&](int quiet) {
    return sendto(fd, data, length, quiet, address, address_length);
  });
}
ssize_t ReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                    socklen_t* address_length) {
  return recvfrom(fd, data, length, flags, address, address_length);
}
ssize_t SendMessage(int fd, const msghdr* message, int flags) {
  return SendQuietly(fd, flags, [&](int quiet) { return sendmsg(fd, message, quiet); });
}
ssize_t ReceiveMessage(int fd, msghdr* message, int flags) {
  return ReceiveClosing(fd, flags, [&](int taken) { return recvmsg(fd, message, taken); });
}
#else
ssize_t SendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
               socklen_t address_length) {
  return SendQuietly(fd, flags, [&](int quiet) {
    return syscall(SYS_sendto, fd, data, length, quiet, address, address_length);
  });
}
ssize_t ReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                    socklen_t* address_length) {
  return syscall(SYS_recvfrom, fd, data, length, flags, address, address_length);
}
ssize_t SendMessage(int fd, const msghdr* message, int flags) {
  return SendQuietly(fd, flags,
                     [&](int quiet) { return syscall(SYS_sendmsg, fd, message, quiet); });
}
ssize_t ReceiveMessage(int fd, msghdr* message, int flags) {
  return ReceiveClosing(fd, flags,
                        [&](int taken) { return syscall(SYS_recvmsg, fd, message, taken); });
}
#endif

int OpenSocket(int family, int type, int proto) {
  return Checked([&] { return socket(family, type | SOCK_CLOEXEC, proto); });
}

int OpenSocketPair(int family, int type, int proto, int (&fds)[2]) {
  return Checked([&] { return socketpair(family, type | SOCK_CLOEXEC, proto, fds); });
}

int AcceptSocket(int fd, sockaddr_storage* address, socklen_t* length) {
  const socklen_t room = *length;
  return Checked([&] {
    *length = room;
    return accept4(fd, reinterpret_cast<sockaddr*>(address), address == nullptr ? nullptr : length,
                   SOCK_CLOEXEC);
  });
}

// The linker has said so: -z nodelete.
void KeepLoaded() {}

int OpenPipe(int (&fds)[2]) {
  return Checked([&] { return pipe2(fds, O_CLOEXEC | O_NONBLOCK); });
}

// The socket is asked, since its network namespace need not be this thread's.
int64_t NumberOfName(int fd, const std::string& name) {
  ifreq request = {};
  if (name.empty() || name.size() >= sizeof(request.ifr_name)) return -ENODEV;
  memcpy(request.ifr_name, name.data(), name.size());
  const int result = Checked([&] { return ioctl(fd, SIOCGIFINDEX, &request); });
  return result < 0 ? result : request.ifr_ifindex;
}

std::string NameOfNumber(int fd, uint32_t number) {
  ifreq request = {};
  request.ifr_ifindex = static_cast<int>(number);
  if (ioctl(fd, SIOCGIFNAME, &request) != 0) return {};
  return {request.ifr_name, strnlen(request.ifr_name, sizeof(request.ifr_name))};
}

int FamilyOf(int fd) {
  int family;
  socklen_t length = sizeof(family);
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 ? family : -errno;
}

int ProtocolOf(int fd) {
  int proto;
  socklen_t length = sizeof(proto);
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &proto, &length) == 0 ? proto : 0;
}

}  // namespace berkeley
