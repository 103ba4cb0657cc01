// Threads for what can wait outside of poll(2)'s reach. They belong to the process: environments
// come and go, a task goes on to its end without them.
#pragma once

#include <memory>

namespace berkeley {

// Owns all that it needs.
class Task {
 public:
  virtual ~Task() = default;
  // Both are called once, on a thread that takes no signals, and throw nothing: the first does it,
  // the second tells that it is done.
  virtual void Do() = 0;
  virtual void Tell() = 0;

 private:
  friend struct Pool;
  enum class Turn { kNone, kWaits, kRuns, kForgotten } turn_ = Turn::kNone;  // the pool's
};

// Does `task` now, on a thread that has nothing to do or on a new one. False: there is none to be
// had.
bool DoNow(const std::shared_ptr<Task>& task);

// Likewise, but where kMostInTurn such tasks are being done already, after one of them.
bool DoInTurn(const std::shared_ptr<Task>& task);
constexpr int kMostInTurn = 16;

// Nobody waits for such a task any more: it is not begun, or has no turn any more. As long as it
// runs it is one of kMostRunning all the same.
void Forget(Task& task);
// Begins what waits for the turns of those. Apart, because often many are forgotten, one by one.
void PassTurnsOn();
constexpr int kMostRunning = 128;

}  // namespace berkeley
