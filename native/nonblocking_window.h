// accept(2) and connect(2) have no MSG_DONTWAIT. While one of these lives, the descriptor does not
// block, so that the call cannot hang beyond the reach of wait.h.
#pragma once

#include <mutex>

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

// An acceptor's turn at a window of its own: of several with duplicates of one listener, the first
// to leave would close the window of the others, whose accept(2) would hang. Nothing waits inside.
class AcceptTurn {
 public:
  explicit AcceptTurn(int fd);
  ~AcceptTurn();
  AcceptTurn(const AcceptTurn&) = delete;
  AcceptTurn& operator=(const AcceptTurn&) = delete;

 private:
  std::lock_guard<std::mutex> threads_;
  int fd_;
  bool locked_;
};

}  // namespace berkeley
