#include "blocking_call.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "blocked_signals.h"
#include "system.h"
#include "wait.h"

namespace berkeley {

namespace {

// Who is inside at two looks, in the same turn, has been there for at least so long.
constexpr std::chrono::nanoseconds kLook(kSliceNs / 2);

void OnSignal(int) {}

bool IsOurs(int signal) {
  struct sigaction action;
  return sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == OnSignal;
}

// Of the signals that a system has to spare, one that nobody handles; 0 where there is none.
int TakeSignal() {
  for (const int signal : SpareSignals()) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) != 0) continue;
    if ((action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) continue;
    struct sigaction ours = {};
    sigemptyset(&ours.sa_mask);
    ours.sa_handler = OnSignal;
    ours.sa_flags = SA_ONSTACK;  // without SA_RESTART: the call shall end
    if (sigaction(signal, &ours, nullptr) == 0) return signal;
  }
  return 0;
}

}  // namespace

std::atomic<int> Watched::awake_{0};

// The one thread that watches, and all that it watches. It sleeps while nobody blocks.
class Watcher {
 public:
  static Watcher& OfProcess() {
    static auto* watcher = new Watcher();  // never destroyed: its thread outlives static objects
    return *watcher;
  }

  bool Enter(Watched& watched) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!Know(watched) || !Wake()) return false;
    if (watched.signal_ != signal_) Unblock(watched);
    return true;
  }

  void Forget(Watched& watched) {
    const std::lock_guard<std::mutex> lock(mutex_);
    watched_.erase(std::remove(watched_.begin(), watched_.end(), &watched), watched_.end());
  }

 private:
  bool Know(Watched& watched) {
    if (watched.is_known_) return true;
    try {
      watched_.push_back(&watched);
    } catch (const std::bad_alloc&) {
      return false;
    }
    watched.thread_ = pthread_self();
    return watched.is_known_ = true;
  }

  // False: there is no thread, or no signal.
  bool Wake() {
    if (signal_ == 0 && !has_failed_) {
      signal_ = TakeSignal();
      has_failed_ = signal_ == 0 || !Start();
    }
    if (has_failed_) return false;
    if (Watched::awake_.exchange(signal_) == 0) wake_.notify_one();
    return true;
  }

  bool Start() {
    const BlockedSignals blocked;
    try {
      std::thread([this] { Watch(); }).detach();
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  void Unblock(Watched& watched) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, signal_);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    watched.signal_ = signal_;
  }

  void Watch() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      if (!Look()) {
        Watched::awake_.store(0);
        // Whoever entered before that has not called.
        if (IsAnybodyInside()) {
          Watched::awake_.store(signal_);
        } else {
          wake_.wait(lock, [] { return Watched::awake_.load() != 0; });
        }
      }
      rest_.wait_for(lock, kLook);
    }
  }

  bool IsAnybodyInside() const {
    return std::any_of(watched_.begin(), watched_.end(), [](const Watched* watched) {
      return (watched->state_.load() & Watched::kInside) != 0;
    });
  }

  // Signals those that have been inside since the last look. Whether anybody blocks, or has since.
  bool Look() {
    bool is_busy = false;
    for (Watched* watched : watched_) {
      const uint32_t state = watched->state_.load();
      const bool is_same = ((state ^ watched->seen_) & ~Watched::kSent) == 0;
      const bool stays = is_same && (state & Watched::kInside) != 0;
      if (stays) Signal(*watched, state);
      is_busy = is_busy || stays || !is_same;
      watched->seen_ = state;
    }
    return is_busy;
  }

  void Signal(Watched& watched, uint32_t state) {
    if (!watched.state_.compare_exchange_strong(state, state | Watched::kSignalled)) return;
    if (!IsOurs(signal_)) {
      // Somebody has taken it meanwhile, or given it back its default action, which ends processes.
      signal_ = TakeSignal();
      has_failed_ = signal_ == 0;
      Watched::awake_.store(has_failed_ ? -2 : signal_);
    }
    if (!has_failed_) pthread_kill(watched.thread_, signal_);
    watched.state_.fetch_or(Watched::kSent);
    watched.state_.fetch_and(~Watched::kSignalled);
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable rest_;  // nobody ends a rest
  std::vector<Watched*> watched_;
  int signal_ = 0;
  bool has_failed_ = false;
};

Watched::~Watched() {
  if (is_known_) Watcher::OfProcess().Forget(*this);
}

bool Watched::EnterSlowly() {
  if (Watcher::OfProcess().Enter(*this)) return true;
  Leave();
  return false;
}

// The signal is on its way, or has been sent and may not have arrived: it does on the way out of
// any system call.
void Watched::LeaveSlowly() {
  const timespec moment = {0, 20'000};
  do {
    nanosleep(&moment, nullptr);
  } while ((state_.load() & kSignalled) != 0);
  state_.store(turn_);
  sched_yield();
}

}  // namespace berkeley
