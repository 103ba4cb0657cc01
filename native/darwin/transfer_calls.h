// send(2), recv(2) and their kin: >= 0 or -errno.
#pragma once

namespace berkeley {

inline int Answer(ssize_t result) { return result == -1 ? -errno : static_cast<int>(result); }

inline int SendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
                  socklen_t address_length) {
  return Answer(sendto(fd, data, length, flags, address, address_length));
}

inline int ReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                       socklen_t* address_length) {
  return Answer(recvfrom(fd, data, length, flags, address, address_length));
}

inline int SendMessage(int fd, const msghdr* message, int flags) {
  return Answer(sendmsg(fd, message, flags));
}

inline int ReceiveMessage(int fd, msghdr* message, int flags) {
  return Answer(recvmsg(fd, message, flags));
}

}  // namespace berkeley
