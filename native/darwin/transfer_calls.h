// send(2), recv(2) and their kin: >= 0 or -errno.
#pragma once

#include "../nonblocking_window.h"

namespace berkeley {

inline int Answer(ssize_t result) { return result == -1 ? -errno : static_cast<int>(result); }

// Of a send MSG_DONTWAIT does not say here that it may not wait for room: O_NONBLOCK alone does.
template <typename Send>
int SendAtOnce(int fd, int flags, Send send) {
  // A connection that is reset in the middle of a send answers EPROTOTYPE, and EPIPE from then on.
  const auto try_twice = [&] {
    const int result = Answer(send());
    return result == -EPROTOTYPE ? Answer(send()) : result;
  };
  if ((flags & MSG_DONTWAIT) == 0) return try_twice();
  const SendTurn turn(fd);
  const NonblockingWindow window(fd);
  return try_twice();
}

inline int SendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
                  socklen_t address_length) {
  return SendAtOnce(fd, flags,
                    [&] { return sendto(fd, data, length, flags, address, address_length); });
}

// recv(2) and recvfrom(2). Descriptors that come along are installed though nobody asks for them:
// they are closed.
int ReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                socklen_t* address_length);

inline int SendMessage(int fd, const msghdr* message, int flags) {
  return SendAtOnce(fd, flags, [&] { return sendmsg(fd, message, flags); });
}

// recvmsg(2). Descriptors for which there is no room are closed, and MSG_CTRUNC says so.
int ReceiveMessage(int fd, msghdr* message, int flags);

}  // namespace berkeley
