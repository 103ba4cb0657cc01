#include "nonblocking_window.h"

#include "platform.h"

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

}  // namespace berkeley
