#include "../system.h"

#include "../syscall.h"

namespace berkeley {

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
    return accept4(fd, reinterpret_cast<sockaddr*>(address), length, SOCK_CLOEXEC);
  });
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
