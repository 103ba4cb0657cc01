#include "nonblocking_window.h"

#include "platform.h"
#include "syscall.h"

namespace berkeley {

// The kernel is asked, not the socket's mode: O_NONBLOCK belongs to the open file, and whoever
// holds a duplicate of the descriptor may have switched it.
NonblockingWindow::NonblockingWindow(int fd) : fd_(fd) {
  const int flags = fcntl(fd, F_GETFL);
  opened_ = flags >= 0 && (flags & O_NONBLOCK) == 0;
  int on = 1;
  if (opened_) ioctl(fd_, FIONBIO, &on);
}

NonblockingWindow::~NonblockingWindow() {
  int off = 0;
  if (opened_) ioctl(fd_, FIONBIO, &off);
}

namespace {

std::mutex& AcceptMutex() {
  static auto* mutex = new std::mutex();  // never destroyed: workers may outlive static objects
  return *mutex;
}

// One for many descriptors: who sends on one seldom waits for who sends on another.
std::mutex& SendMutex(int fd) {
  constexpr unsigned kMutexes = 64;
  static auto* mutexes = new std::mutex[kMutexes];
  return mutexes[static_cast<unsigned>(fd) % kMutexes];
}

bool SetLock(int fd, int command, int16_t type) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return Retry([&] { return fcntl(fd, command, &lock); }) == 0;
}

}  // namespace

// The mutex is for the threads of this process, the record lock for the processes that share the
// listener, as a preforking server's do. Sockets of macOS take no such locks.
AcceptTurn::AcceptTurn(int fd)
    : threads_(AcceptMutex()), fd_(fd), locked_(SetLock(fd, F_SETLKW, F_WRLCK)) {}

AcceptTurn::~AcceptTurn() {
  if (locked_) SetLock(fd_, F_SETLK, F_UNLCK);
}

SendTurn::SendTurn(int fd) : threads_(SendMutex(fd)) {}

}  // namespace berkeley
