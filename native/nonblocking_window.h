// accept(2) and connect(2) have no MSG_DONTWAIT. While one of these lives, a descriptor that blocks
// does not, so that the call cannot hang beyond the reach of wait.h.
#pragma once

namespace berkeley {

class NonblockingWindow {
 public:
  // `open`: the socket is a blocking one; otherwise nothing is done.
  NonblockingWindow(int fd, bool open);
  ~NonblockingWindow();
  NonblockingWindow(const NonblockingWindow&) = delete;
  NonblockingWindow& operator=(const NonblockingWindow&) = delete;

 private:
  int fd_;
  bool open_;
};

}  // namespace berkeley
