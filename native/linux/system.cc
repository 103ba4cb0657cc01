#include "../system.h"

#include <sys/syscall.h>

#include <csignal>

#include "../syscall.h"

namespace berkeley {

int FlagsToSendWith(int fd, int flags) {
  const int family = FamilyOf(fd);
  return family == AF_RDS || family == AF_QIPCRTR ? flags & ~MSG_NOSIGNAL : flags;
}

int FlagsToReceiveWith(int fd, int flags) {
  if ((flags & MSG_CMSG_CLOEXEC) == 0) return flags;
  const int family = FamilyOf(fd);
  const bool knows = family < 0 || family == AF_UNIX || family == AF_INET || family == AF_INET6;
  return knows ? flags : flags & ~MSG_CMSG_CLOEXEC;
}

int OpenSocket(int family, int type, int proto) {
  return Checked([&] { return socket(family, type | SOCK_CLOEXEC, proto); });
}

int OpenSocketPair(int family, int type, int proto, int (&fds)[2]) {
  return Checked([&] { return socketpair(family, type | SOCK_CLOEXEC, proto, fds); });
}

int AcceptSocket(int fd, sockaddr_storage* address, socklen_t* length) {
  const int accepted = accept4(fd, reinterpret_cast<sockaddr*>(address),
                               address == nullptr ? nullptr : length, SOCK_CLOEXEC);
  return accepted == -1 ? -errno : accepted;
}

// The linker has said so: -z nodelete.
bool IsFirstThread() { return syscall(SYS_gettid) == getpid(); }

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

// Real-time signals: JavaScript cannot handle them, and from the middle on they have no users
// known.
std::vector<int> SpareSignals() {
  std::vector<int> signals;
  for (int signal = SIGRTMAX - 3; signal > (SIGRTMIN + SIGRTMAX) / 2; signal--) {
    signals.push_back(signal);
  }
  return signals;
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
