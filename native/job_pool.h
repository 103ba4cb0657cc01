// Threads for what can wait outside of poll(2)'s reach. They belong to the process: environments
// come and go, and a task goes on to its end without them.
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
};

// Does `task` now, on a thread that has nothing to do or on a new one. False: there is none to be
// had.
bool DoNow(std::shared_ptr<Task> task);

// Likewise, but where kMostInTurn such tasks are being done already, after one of them.
bool DoInTurn(std::shared_ptr<Task> task);
constexpr int kMostInTurn = 16;

}  // namespace berkeley
