#include "nonblocking_window.h"

#include <map>
#include <mutex>

#include "platform.h"

namespace berkeley {

namespace {

// O_NONBLOCK belongs to the descriptor, not to a thread: where several workers are in the window
// with one descriptor, the first opens it and the last closes it.
struct Windows {
  std::mutex mutex;
  std::map<int, int> counts;
};

Windows& TheWindows() {
  static Windows* windows = new Windows();  // never destroyed: workers may outlive static objects
  return *windows;
}

void SetNonblocking(int fd, int on) { ioctl(fd, FIONBIO, &on); }

}  // namespace

NonblockingWindow::NonblockingWindow(int fd, bool open) : fd_(fd), open_(open) {
  if (!open_) return;
  Windows& windows = TheWindows();
  const std::lock_guard<std::mutex> lock(windows.mutex);
  if (windows.counts[fd_]++ == 0) SetNonblocking(fd_, 1);
}

NonblockingWindow::~NonblockingWindow() {
  if (!open_) return;
  Windows& windows = TheWindows();
  const std::lock_guard<std::mutex> lock(windows.mutex);
  const auto entry = windows.counts.find(fd_);
  if (entry == windows.counts.end() || --entry->second > 0) return;
  windows.counts.erase(entry);
  SetNonblocking(fd_, 0);
}

}  // namespace berkeley
