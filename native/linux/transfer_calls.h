// send(2), recv(2) and their kin, made where they are written: no function of the C library lies
// between. Its own are cancellation points: in a process with threads, as Node's is, they pay two
// atomic operations for what nobody uses here. And a kernel that guards its returns (AMD's "safe
// RET") leaves the processor without a guess where its callers return to, so each function that a
// system call is wrapped in costs some nanoseconds on the way out.
#pragma once

#include <sys/syscall.h>

namespace berkeley {

// What the kernel answers: >= 0 or -errno.
#if defined(__x86_64__) && !defined(__ILP32__)
inline long SystemCall(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__) && !defined(__ILP32__)
inline long SystemCall(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
#else
inline long SystemCall(long number, long a, long b, long c, long d, long e, long f) {
  const long result = syscall(number, a, b, c, d, e, f);
  return result == -1 ? -errno : result;
}
#endif

template <typename Pointer>
long Word(Pointer* pointer) {
  return reinterpret_cast<long>(pointer);
}

// The sanitizers look at the C library's functions, so their build keeps them.
#ifdef __SANITIZE_ADDRESS__
inline int Answer(ssize_t result) { return result == -1 ? -errno : static_cast<int>(result); }
inline int CallSendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
                      socklen_t address_length) {
  return Answer(sendto(fd, data, length, flags, address, address_length));
}
inline int CallReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                           socklen_t* address_length) {
  return Answer(recvfrom(fd, data, length, flags, address, address_length));
}
inline int CallSendMessage(int fd, const msghdr* message, int flags) {
  return Answer(sendmsg(fd, message, flags));
}
inline int CallReceiveMessage(int fd, msghdr* message, int flags) {
  return Answer(recvmsg(fd, message, flags));
}
#else
inline int CallSendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
                      socklen_t address_length) {
  return static_cast<int>(SystemCall(SYS_sendto, fd, Word(data), static_cast<long>(length), flags,
                                     Word(address), address_length));
}
inline int CallReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                           socklen_t* address_length) {
  return static_cast<int>(SystemCall(SYS_recvfrom, fd, Word(data), static_cast<long>(length), flags,
                                     Word(address), Word(address_length)));
}
inline int CallSendMessage(int fd, const msghdr* message, int flags) {
  return static_cast<int>(SystemCall(SYS_sendmsg, fd, Word(message), flags, 0, 0, 0));
}
inline int CallReceiveMessage(int fd, msghdr* message, int flags) {
  return static_cast<int>(SystemCall(SYS_recvmsg, fd, Word(message), flags, 0, 0, 0));
}
#endif

// What a family may refuse: some do not know MSG_NOSIGNAL, and raise no signal without it; to
// unix sockets alone descriptors come, and several others refuse MSG_CMSG_CLOEXEC. The flags to
// call with instead, or the same ones.
int FlagsToSendWith(int fd, int flags);
int FlagsToReceiveWith(int fd, int flags);

inline int SendTo(int fd, const void* data, size_t length, int flags, const sockaddr* address,
                  socklen_t address_length) {
  const int result = CallSendTo(fd, data, length, flags, address, address_length);
  if (result != -EINVAL && result != -EOPNOTSUPP) return result;
  const int taken = FlagsToSendWith(fd, flags);
  return taken == flags ? result : CallSendTo(fd, data, length, taken, address, address_length);
}

inline int ReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                       socklen_t* address_length) {
  return CallReceiveFrom(fd, data, length, flags, address, address_length);
}

inline int SendMessage(int fd, const msghdr* message, int flags) {
  const int result = CallSendMessage(fd, message, flags);
  if (result != -EINVAL && result != -EOPNOTSUPP) return result;
  const int taken = FlagsToSendWith(fd, flags);
  return taken == flags ? result : CallSendMessage(fd, message, taken);
}

inline int ReceiveMessage(int fd, msghdr* message, int flags) {
  const int result = CallReceiveMessage(fd, message, flags);
  if (result != -EINVAL) return result;
  const int taken = FlagsToReceiveWith(fd, flags);
  return taken == flags ? result : CallReceiveMessage(fd, message, taken);
}

}  // namespace berkeley
