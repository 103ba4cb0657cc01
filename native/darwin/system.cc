#include "../system.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/kern_control.h>

#include <csignal>

#include "../syscall.h"

namespace berkeley {

namespace {

// There is no SOCK_CLOEXEC: between the two calls another thread's exec can inherit the descriptor.
int CloseOnExec(int fd) {
  if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

}  // namespace

int OpenSocket(int family, int type, int proto) {
  return CloseOnExec(Checked([&] { return socket(family, type, proto); }));
}

int OpenSocketPair(int family, int type, int proto, int (&fds)[2]) {
  const int result = Checked([&] { return socketpair(family, type, proto, fds); });
  if (result < 0) return result;
  CloseOnExec(fds[0]);
  CloseOnExec(fds[1]);
  return 0;
}

int AcceptSocket(int fd, sockaddr_storage* address, socklen_t* length) {
  const int accepted = CloseOnExec(Answer(
      accept(fd, reinterpret_cast<sockaddr*>(address), address == nullptr ? nullptr : length)));
  // The new socket inherits O_NONBLOCK from the listener.
  int off = 0;
  if (accepted >= 0) ioctl(accepted, FIONBIO, &off);
  return accepted;
}

bool IsFirstThread() { return pthread_main_np() == 1; }

void KeepLoaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<const void*>(&KeepLoaded), &self) == 0) return;
  dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

int OpenPipe(int (&fds)[2]) {
  const int result = Checked([&] { return pipe(fds); });
  if (result < 0) return result;
  for (const int end : fds) fcntl(CloseOnExec(end), F_SETFL, O_NONBLOCK);
  return 0;
}

int64_t NumberOfName(int fd, const std::string& name) {
  ctl_info info = {};
  if (name.empty() || name.size() >= sizeof(info.ctl_name)) return -ENODEV;
  memcpy(info.ctl_name, name.data(), name.size());
  const int result = Checked([&] { return ioctl(fd, CTLIOCGINFO, &info); });
  if (result < 0) return result == -ENOENT ? -ENODEV : result;
  return info.ctl_id;
}

// A kernel control is known by its number.
std::string NameOfNumber(int, uint32_t) { return {}; }

// There are no real-time signals; these are ignored where nobody handles them.
std::vector<int> SpareSignals() { return {SIGURG, SIGIO, SIGINFO}; }

int FamilyOf(int fd) {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return -errno;
  return address.ss_family;
}

int ProtocolOf(int) { return 0; }

}  // namespace berkeley
