// accept(2) and connect(2) have no MSG_DONTWAIT. While one of these lives, the descriptor does not
// block, so that the call cannot hang beyond the reach of wait.h.
#pragma once

namespace berkeley {

class NonblockingWindow {
 public:
  explicit NonblockingWindow(int fd);
  ~NonblockingWindow();
  NonblockingWindow(const NonblockingWindow&) = delete;
  NonblockingWindow& operator=(const NonblockingWindow&) = delete;

 private:
  int fd_;
  bool opened_;
};

}  // namespace berkeley
