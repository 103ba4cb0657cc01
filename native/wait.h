// The interruptible wait of the synchronous calls, and the one loop that every verb uses:
// attempt without waiting; where the kernel answers EAGAIN, wait; attempt again. Where a system
// call may wait itself, as one of a blocking socket does, the first slice of a wait is an attempt
// too.
#pragma once

#include <csignal>
#include <cstdint>

#include "environment.h"
#include "platform.h"
#include "syscall.h"

namespace berkeley {

// A worker that is being ended waits at most so long for a blocked call to notice. Much shorter
// slices are dear: a timer that comes before the system's next tick has to be programmed, which
// costs a quarter of a round trip on a virtual machine.
constexpr int64_t kSliceNs = 50'000'000;

// While one of these lives, a SIGINT for which JavaScript has a handler is noticed (the handler
// itself can only run once the call has returned). The default action needs no help: it ends
// the process from inside poll(2). Signals are the main thread's.
class InterruptWatch {
 public:
  explicit InterruptWatch(Environment& environment);
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  bool Interrupted() const;

 private:
  bool watching_ = false;
  bool installed_ = false;
  unsigned seen_ = 0;
};

// What an operation waits for.
struct Waiting {
  int fd;
  short events;
  double timeout_ns;  // below 0: for ever, as a blocking socket; else the budget of the whole
                      // operation
  // The socket is known to have an SO_RCVTIMEO or SO_SNDTIMEO. Where it is not, and somebody else
  // has set one all the same, it is found after the first slice.
  bool has_kernel_timeout;
  // An attempt with Wait::blocks() waits for what it attempts.
  bool can_block = false;

  // As the shared memory of a call says.
  static Waiting For(const SharedMemory& shared, short events) {
    return {shared.fd, events, (shared.mode & kOnce) ? 0 : shared.timeout_ns,
            (shared.mode & kKernelTimeout) != 0};
  }
  Waiting Blocking(bool can) const { return {fd, events, timeout_ns, has_kernel_timeout, can}; }
};

class Wait {
 public:
  Wait(Environment& environment, const Waiting& waiting);

  // Until the descriptor is ready. 1; or kTimedOut, -EINTR (SIGINT), kTerminated; -EAGAIN where a
  // blocking socket has SO_RCVTIMEO or SO_SNDTIMEO and that time ran out.
  int UntilReady();
  // The first slice, if it can be spent in the system call: `attempt(this)` blocks. What it
  // answers, or why to give up; -EAGAIN where it has to be waited for all the same.
  template <typename Attempt>
  int Block(Attempt attempt) {
    int result = -EINTR;
    {
      const BlockingCall call(environment_.watched());
      if (!call.is_watched()) return -EAGAIN;
      blocks_ = true;
      result = attempt(this);
      blocks_ = false;
    }
    return result == -EINTR || result == -EAGAIN ? AfterBlocking() : result;
  }
  // Sleeps, longer from turn to turn, where poll(2) cannot tell when to try again. 0 or as above.
  int Pause();
  // Poll said ready and the attempt answered EAGAIN: from the second time on, not at full speed.
  int FalsePositive() { return ++false_positives_ < 2 ? 0 : Pause(); }
  // The attempt moved some bytes, though not all: the next EAGAIN is no false positive.
  void Progressed() { false_positives_ = -1; }
  // SO_RCVTIMEO or SO_SNDTIMEO, where there is one, begins anew.
  void RestartKernelTimeout();
  // Whether nothing more will arrive, as poll(2) says now.
  bool AtEnd() const;

  bool blocking() const { return deadline_ns_ < 0; }
  bool can_block() const { return deadline_ns_ < 0 && kernel_deadline_ns_ < 0; }
  bool blocks() const { return blocks_; }
  // JavaScript may have run: what belongs to it may be elsewhere.
  bool has_asked() const { return questioned_ns_ != 0; }
  bool read_hung_up() const { return (revents_ & kPollReadHangup) != 0; }

 private:
  int Slice(struct pollfd* target, int64_t most_ns);
  int PollSlice(struct pollfd* target, int64_t slice);
  int AfterBlocking();
  int Question(int64_t waited_ns);
  void AskKernelTimeout(int64_t waited_ns);

  Environment& environment_;
  InterruptWatch interrupts_;
  int fd_;
  short events_;
  short revents_ = 0;
  bool blocks_ = false;
  bool kernel_timeout_asked_ = false;
  int64_t deadline_ns_ = -1;  // CLOCK_MONOTONIC; below 0: none
  int64_t kernel_limit_ns_ = 0;
  int64_t kernel_deadline_ns_ = -1;  // the socket's own SO_RCVTIMEO or SO_SNDTIMEO
  int64_t pause_ns_ = 500'000;
  int false_positives_ = 0;
  int turns_ = 0;
  int64_t questioned_ns_ = 0;  // when it was last asked whether to go on
};

// Whether an operation goes on to wait after an attempt with this result. With a timeout CPython
// polls before it tries: what the socket's state forbids (a receive on a listener) then runs into
// the timeout, unless poll(2) says that there is something to be had.
inline bool MayChange(int result, const Waiting& waiting) {
  if (result >= 0) return false;
  if (result == -EAGAIN || result == -EWOULDBLOCK) return true;
  return waiting.timeout_ns > 0 &&
         (result == -ENOTCONN || result == -EINVAL || result == -EOPNOTSUPP);
}

// The rest of AttemptThenWait(), out of the way of calls that need no wait.
template <typename Attempt>
[[gnu::noinline]] int WaitThenAttempt(Environment& environment, const Waiting& waiting,
                                      Attempt attempt) {
  Wait wait(environment, waiting);
  if (waiting.can_block && wait.can_block()) {
    const int result = wait.Block(attempt);
    if (result != -EAGAIN) return result;
  }
  for (;;) {
    int result = wait.UntilReady();
    if (result < 0) return result;
    result = attempt(&wait);
    if (result != -EAGAIN && result != -EWOULDBLOCK) return result;
    result = wait.FalsePositive();
    if (result < 0) return result;
  }
}

// `attempt(wait)` makes the system call so that it cannot block: >= 0 or -errno. `wait` is there
// only from the second attempt on. `waited`: the first attempt had to be followed by a wait.
template <typename Attempt>
int AttemptThenWait(Environment& environment, const Waiting& waiting, bool poll_first, bool* waited,
                    Attempt attempt) {
  if (waiting.fd < 0) return -EBADF;
  if (!poll_first || waiting.timeout_ns == 0) {
    const int result = attempt(static_cast<Wait*>(nullptr));
    if (waiting.timeout_ns == 0 || !MayChange(result, waiting)) return result;
    *waited = true;
  }
  return WaitThenAttempt(environment, waiting, attempt);
}

// CLOCK_MONOTONIC in nanoseconds.
int64_t NowNs();

}  // namespace berkeley
