#include "exports.h"
#include "descriptor.h"

namespace berkeley {

namespace {

#ifdef SO_NOSIGPIPE  // in place of MSG_NOSIGNAL
void PreventSigpipe(int fd) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
}
#else
void PreventSigpipe(int) {}
#endif

int CloseDescriptor(int fd) {
  // Never again after EINTR: Linux has closed the descriptor by then, and the number may be
  // somebody else's. ECONNRESET tells of the peer (BSD), not of the descriptor.
  return close(fd) == 0 || errno == EINTR || errno == ECONNRESET ? 0 : -errno;
}

// close(2) of a socket of this environment: (fd, token). -EBADF where it is not its any more.
int CloseOwned(Arguments& arguments) {
  int32_t fd, token;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &token)) return kBadCall;
  if (!arguments.environment().descriptors().Take(fd, static_cast<uint32_t>(token))) return -EBADF;
  return CloseDescriptor(fd);
}

// close(2) of any descriptor.
int Close(Arguments& arguments) {
  int32_t fd;
  if (!arguments.Int32(0, &fd)) return kBadCall;
  DescriptorTable::Forget(fd);
  return CloseDescriptor(fd);
}

// The descriptor of (token), or -EBADF.
int DescriptorOf(Arguments& arguments) {
  int32_t token;
  if (!arguments.Int32(0, &token)) return kBadCall;
  const int fd = arguments.environment().descriptors().DescriptorOf(static_cast<uint32_t>(token));
  return fd < 0 ? -EBADF : fd;
}

// Gives a socket up without closing it: (fd, token). 0 or -EBADF. No system call.
int Detach(Arguments& arguments) {
  int32_t fd, token;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &token)) return kBadCall;
  return arguments.environment().descriptors().Disown(fd, static_cast<uint32_t>(token)) ? 0
                                                                                        : -EBADF;
}

// A duplicate, close-on-exec: the new descriptor or -errno. It belongs to nobody yet.
int Dup(Arguments& arguments) {
  int32_t fd;
  if (!arguments.Int32(0, &fd)) return kBadCall;
  return Checked([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); });
}

bool HasTimeout(int fd, int name) {
  timeval limit = {};
  socklen_t length = sizeof(limit);
  return getsockopt(fd, SOL_SOCKET, name, &limit, &length) == 0 && (limit.tv_sec || limit.tv_usec);
}

bool HasLowWater(int fd) {
  int bytes = 1;
  socklen_t length = sizeof(bytes);
  return getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, &length) == 0 && bytes > 1;
}

bool Listens(int fd) {
  int listens = 0;
  socklen_t length = sizeof(listens);
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0;
}

// Makes `fd` one of this environment's: what the kernel knows of it into family, type, proto,
// nonblocking, listening, low_water and, whether it has an SO_RCVTIMEO or SO_SNDTIMEO, value. 0 or
// -errno; -ENOTSOCK for what is no socket.
int AdoptDescriptor(Arguments& arguments) {
  int32_t fd;
  if (!arguments.Int32(0, &fd)) return kBadCall;
  SharedMemory& shared = arguments.environment().shared();
  int value;
  socklen_t length = sizeof(value);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length) != 0) return -errno;
  shared.type = value;
  shared.proto = ProtocolOf(fd);
  shared.family = FamilyOf(fd);
  if (shared.family < 0) return shared.family;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  shared.nonblocking = (flags & O_NONBLOCK) != 0;
  shared.listening = Listens(fd);
  shared.low_water = HasLowWater(fd);
  shared.value = HasTimeout(fd, SO_RCVTIMEO) || HasTimeout(fd, SO_SNDTIMEO);
  PreventSigpipe(fd);
  shared.token = static_cast<int32_t>(arguments.environment().descriptors().Own(fd));
  return shared.token == 0 ? -ENOMEM : 0;
}

// Makes `fd`, a socket just made, one of this environment's: 0 with its token in `token`, or
// -errno.
int Own(Arguments& arguments) {
  int32_t fd;
  if (!arguments.Int32(0, &fd)) return kBadCall;
  const int result = Adopt(arguments.environment(), fd, &arguments.environment().shared().token);
  return result < 0 ? result : 0;
}

// O_NONBLOCK of the descriptor: (fd, on). 0 or -errno.
int SetNonblocking(Arguments& arguments) {
  int32_t fd, on;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &on)) return kBadCall;
  return Checked([&] { return ioctl(fd, FIONBIO, &on); });
}

// 1 where the descriptor outlives execve(2), 0 where not, or -errno.
int GetInheritable(Arguments& arguments) {
  int32_t fd;
  if (!arguments.Int32(0, &fd)) return kBadCall;
  const int flags = Checked([&] { return fcntl(fd, F_GETFD); });
  return flags < 0 ? flags : (flags & FD_CLOEXEC) == 0;
}

int SetInheritable(Arguments& arguments) {
  int32_t fd, inheritable;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &inheritable)) return kBadCall;
  return SetCloseOnExec(fd, inheritable == 0);
}

}  // namespace

int SetCloseOnExec(int fd, bool close_on_exec) {
  const int flags = Checked([&] { return fcntl(fd, F_GETFD); });
  if (flags < 0) return flags;
  const int wanted = close_on_exec ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
  return wanted == flags ? 0 : Checked([&] { return fcntl(fd, F_SETFD, wanted); });
}

int Adopt(Environment& environment, int fd, int32_t* token) {
  PreventSigpipe(fd);
  *token = static_cast<int32_t>(environment.descriptors().Own(fd));
  if (*token != 0) return fd;
  close(fd);
  return -ENOMEM;
}

void AddDescriptor(Exports& exports) {
  exports.Add<CloseOwned>("closeOwned");
  exports.Add<Close>("close");
  exports.Add<DescriptorOf>("descriptorOf");
  exports.Add<Detach>("detach");
  exports.Add<Dup>("dup");
  exports.Add<Own>("own");
  exports.Add<AdoptDescriptor>("adopt");
  exports.Add<SetNonblocking>("setNonblocking");
  exports.Add<GetInheritable>("getInheritable");
  exports.Add<SetInheritable>("setInheritable");
}

}  // namespace berkeley
