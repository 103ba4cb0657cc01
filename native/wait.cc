#include "wait.h"

#include <sys/time.h>
#include <time.h>

#include <algorithm>
#include <atomic>

#include "exports.h"

namespace berkeley {

namespace {

constexpr int64_t kLongestPauseNs = 10'000'000;

// Signal dispositions belong to the process, so these do too; only the main thread touches them.
std::atomic<unsigned> interrupt_count{0};
struct sigaction previous_action;

void OnInterrupt(int signal, siginfo_t* info, void* context) {
  const int saved = errno;
  interrupt_count.fetch_add(1, std::memory_order_relaxed);
  if (previous_action.sa_flags & SA_SIGINFO) {
    previous_action.sa_sigaction(signal, info, context);
  } else {
    previous_action.sa_handler(signal);
  }
  errno = saved;
}

// Whether a handler of the user's stands behind `action`. Node's own is one-shot and ends the
// process, as SIG_DFL does; chaining it would hang.
bool IsUserHandler(const struct sigaction& action) {
  if (action.sa_flags & SA_RESETHAND) return false;
  if (action.sa_flags & SA_SIGINFO) return true;
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

}  // namespace

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

InterruptWatch::InterruptWatch(Environment& environment) {
  if (!environment.is_main_thread()) return;
  // Where JavaScript has said that it has no handler, a system call is saved.
  const bool has_none = environment.shared().has_interrupt_handler == 0;
  environment.shared().has_interrupt_handler = -1;
  if (has_none) return;
  struct sigaction current;
  if (sigaction(SIGINT, nullptr, &current) != 0 || !IsUserHandler(current)) return;
  seen_ = interrupt_count.load(std::memory_order_relaxed);
  if ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == OnInterrupt) {
    // Inside another wait, by a debugger's hand: that one's action serves both, and it restores it.
    watching_ = true;
    return;
  }
  previous_action = current;
  struct sigaction chained = current;
  chained.sa_sigaction = OnInterrupt;
  chained.sa_flags = (current.sa_flags & ~SA_RESTART) | SA_SIGINFO;
  watching_ = installed_ = sigaction(SIGINT, &chained, nullptr) == 0;
}

InterruptWatch::~InterruptWatch() {
  if (installed_) sigaction(SIGINT, &previous_action, nullptr);
}

bool InterruptWatch::Interrupted() const {
  return watching_ && interrupt_count.load(std::memory_order_relaxed) != seen_;
}

Wait::Wait(Environment& environment, const Waiting& waiting)
    : environment_(environment),
      interrupts_(environment),
      fd_(waiting.fd),
      events_(waiting.events) {
  // A hang-up of reading makes a receive ready, but not a send.
  if (events_ & POLLIN) events_ = static_cast<short>(events_ | kPollReadHangup);
  if (waiting.timeout_ns >= 0) {
    deadline_ns_ = NowNs() + static_cast<int64_t>(waiting.timeout_ns);
  } else if (waiting.has_kernel_timeout) {
    AskKernelTimeout(0);
  }
}

int Wait::UntilReady() {
  for (;;) {
    pollfd target = {fd_, events_, 0};
    const int result = Slice(&target, kSliceNs);
    if (result < 0) return result;
    if (result > 0) {
      revents_ = target.revents;
      return 1;
    }
  }
}

int Wait::Pause() {
  const int result = Slice(nullptr, pause_ns_);
  pause_ns_ = std::min(pause_ns_ * 2, kLongestPauseNs);
  return result < 0 ? result : 0;
}

bool Wait::AtEnd() const {
  pollfd target = {fd_, kPollEnd, 0};
  return PollFor(&target, 0) > 0 && (target.revents & (kPollReadHangup | POLLHUP | POLLERR)) != 0;
}

// The first slice needs no timer where somebody watches; a long wait goes on with one, so that
// nobody has to.
int Wait::PollSlice(pollfd* target, int64_t slice) {
  if (turns_ == 0 && slice == kSliceNs) {
    const BlockingCall call(environment_.watched());
    if (call.is_watched()) return PollFor(target, -1);
  }
  return PollFor(target, slice);
}

// After an attempt that blocked and ended without a result: a signal came; or somebody else has set
// O_NONBLOCK, or a timeout of the kernel's. Why to give up, or -EAGAIN.
int Wait::AfterBlocking() {
  turns_++;
  const int reason = Question(0);
  return reason < 0 ? reason : -EAGAIN;
}

// One poll(2) of at most `most_ns`, and the questions after it. 1 ready, 0 not yet, or the reason
// to give up.
int Wait::Slice(pollfd* target, int64_t most_ns) {
  int64_t slice = most_ns;
  const bool has_deadline = deadline_ns_ >= 0 || kernel_deadline_ns_ >= 0;
  if (has_deadline) {
    const int64_t left = (deadline_ns_ >= 0 ? deadline_ns_ : kernel_deadline_ns_) - NowNs();
    // The first turn looks, however short the time.
    if (left <= 0 && turns_ > 0) return deadline_ns_ >= 0 ? kTimedOut : -EAGAIN;
    slice = std::clamp<int64_t>(left, 0, slice);
  }
  const int ready = PollSlice(target, slice);
  if (ready < 0 && errno != EINTR) return -errno;
  // A call that is ready at once asks nothing; one that goes on, in small parts, as often as one
  // that waits.
  const bool asks = ready <= 0 || (turns_ > 0 && NowNs() - questioned_ns_ >= kSliceNs);
  turns_++;
  if (asks || interrupts_.Interrupted()) {
    const int reason = Question(ready == 0 ? slice : 0);
    if (reason < 0) return reason;
  }
  return ready > 0 ? 1 : 0;
}

// Whether to go on: 0, or why not.
int Wait::Question(int64_t waited_ns) {
  questioned_ns_ = NowNs();
  if (interrupts_.Interrupted()) return -EINTR;
  if (!environment_.CanRun()) return kTerminated;
  if (blocking() && !kernel_timeout_asked_) AskKernelTimeout(waited_ns);
  return 0;
}

void Wait::RestartKernelTimeout() {
  if (kernel_deadline_ns_ >= 0) kernel_deadline_ns_ = NowNs() + kernel_limit_ns_;
}

void Wait::AskKernelTimeout(int64_t waited_ns) {
  kernel_timeout_asked_ = true;
  timeval limit = {};
  socklen_t length = sizeof(limit);
  const int name = (events_ & POLLIN) ? SO_RCVTIMEO : SO_SNDTIMEO;
  if (getsockopt(fd_, SOL_SOCKET, name, &limit, &length) != 0) return;
  kernel_limit_ns_ = static_cast<int64_t>(limit.tv_sec) * 1'000'000'000 +
                     static_cast<int64_t>(limit.tv_usec) * 1000;
  if (kernel_limit_ns_ > 0) kernel_deadline_ns_ = NowNs() + kernel_limit_ns_ - waited_ns;
}

namespace {

// (fd, events of poll(2)): 1 once the descriptor is ready, 2 where nothing more will arrive, or as
// Wait::UntilReady(), within the shared timeout. A descriptor of -1 is never ready. For a
// synchronous call that lets the asynchronous ones before it go first.
int WaitReady(Arguments& arguments) {
  int32_t fd, events;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &events)) return kBadCall;
  Environment& environment = arguments.environment();
  Wait wait(environment, {fd, static_cast<short>(events), environment.shared().timeout_ns, false});
  const int result = wait.UntilReady();
  return result > 0 && wait.read_hung_up() ? 2 : result;
}

}  // namespace

void AddWait(Exports& exports) { exports.Add<WaitReady>("waitReady"); }

}  // namespace berkeley
