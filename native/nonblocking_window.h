// accept(2) and connect(2) have no MSG_DONTWAIT, and not every system's sends heed it. While one of
// these lives, the descriptor does not block, so that the call cannot hang beyond the reach of
// wait.h.
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
  // Whether other processes wait for their turn: where not, one of them may close the window.
  bool excludes_processes() const { return locked_; }

 private:
  std::lock_guard<std::mutex> threads_;
  int fd_;
  bool locked_;
};

// A sender's turn likewise, among the threads that send on one descriptor.
class SendTurn {
 public:
  explicit SendTurn(int fd);
  SendTurn(const SendTurn&) = delete;
  SendTurn& operator=(const SendTurn&) = delete;

 private:
  std::lock_guard<std::mutex> threads_;
};

}  // namespace berkeley
