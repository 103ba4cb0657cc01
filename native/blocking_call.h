// How a thread blocks in a system call without a timer of its own, which would cost more than what
// it waits for: a thread of the process watches those that block, and sends a signal to each that
// does not come back. The call then answers EINTR, and its thread asks the questions of wait.h.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace berkeley {

// One environment's place among the watched. It is entered and left on the environment's thread.
class Watched {
 public:
  Watched() = default;
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  friend class BlockingCall;
  friend class Watcher;

  static constexpr uint32_t kInside = 1;
  static constexpr uint32_t kSignalled = 2;  // the signal is being sent
  static constexpr uint32_t kSent = 4;       // it has been
  static constexpr uint32_t kTurn = 8;

  // False: nobody watches, because there is no thread or no signal to be had.
  bool Enter() {
    turn_ += kTurn;
    // Before it is seen whether the watcher sleeps; it looks here after it has said so.
    state_.exchange(turn_ | kInside);
    return signal_ == awake_.load() || EnterSlowly();
  }
  void Leave() {
    uint32_t inside = turn_ | kInside;
    if (!state_.compare_exchange_strong(inside, turn_)) LeaveSlowly();
  }
  bool EnterSlowly();
  void LeaveSlowly();

  // The signal that the watcher sends; 0 while it sleeps.
  static std::atomic<int> awake_;

  std::atomic<uint32_t> state_{0};  // how often entered, in kTurn, and the bits above
  uint32_t turn_ = 0;
  int signal_ = -1;  // which this thread does not block
  // The watcher's, under its mutex.
  uint32_t seen_ = 0;
  pthread_t thread_ = {};
  bool is_known_ = false;
};

// While one of these lives, a system call of this thread ends with EINTR between a half and a whole
// slice after it began. A signal that comes a moment late arrives before this one's end, so that no
// other system call of the process ever sees it.
class BlockingCall {
 public:
  explicit BlockingCall(Watched& watched) : watched_(watched), is_watched_(watched.Enter()) {}
  ~BlockingCall() {
    if (is_watched_) watched_.Leave();
  }
  BlockingCall(const BlockingCall&) = delete;
  BlockingCall& operator=(const BlockingCall&) = delete;
  // False: a timer is needed.
  bool is_watched() const { return is_watched_; }

 private:
  Watched& watched_;
  const bool is_watched_;
};

}  // namespace berkeley
