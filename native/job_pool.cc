#include "job_pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "blocked_signals.h"

namespace berkeley {

namespace {

// So long a thread stays for the next task: to make one anew costs more than to wake it.
constexpr std::chrono::seconds kLongestRest(5);

void Work(std::shared_ptr<Task> task);

// False: no thread can be made.
bool StartThread(const std::shared_ptr<Task>& task) {
  const BlockedSignals blocked;
  try {
    std::thread(Work, task).detach();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

// A thread that rests, on its own stack, in a list.
struct Resting {
  std::condition_variable wake;
  std::shared_ptr<Task> next;
  Resting* below = nullptr;
};

}  // namespace

// All of it is the mutex's.
struct Pool {
  using Turn = Task::Turn;

  static Pool& OfProcess() {
    static auto* pool = new Pool();  // never destroyed: threads outlive static objects
    return *pool;
  }

  bool Wake(const std::shared_ptr<Task>& task) {
    Resting* thread = resting;
    if (thread == nullptr) return false;
    resting = thread->below;
    thread->next = task;
    // Under the mutex: once it is free the thread may be gone, and `wake` with it.
    thread->wake.notify_one();
    return true;
  }

  bool MayBegin() const { return in_turn < kMostInTurn && running < kMostRunning; }

  void Count(Task& task) {
    task.turn_ = Turn::kRuns;
    in_turn++;
    running++;
  }

  // False: there is no thread to be had.
  bool Begin(const std::shared_ptr<Task>& task) {
    if (!Wake(task) && !StartThread(task)) return false;
    Count(*task);
    return true;
  }

  bool Add(const std::shared_ptr<Task>& task) {
    if (MayBegin()) {
      if (Begin(task)) return true;
      // Whoever is at work will come by for it, where anybody is.
      if (running == 0) return false;
    }
    waiting.push_back(task);
    task->turn_ = Turn::kWaits;
    return true;
  }

  void Forget(Task& task) {
    if (task.turn_ == Turn::kWaits) {
      waiting.erase(std::find_if(waiting.begin(), waiting.end(),
                                 [&](const auto& other) { return other.get() == &task; }));
      task.turn_ = Turn::kForgotten;
    } else if (task.turn_ == Turn::kRuns) {
      task.turn_ = Turn::kForgotten;
      in_turn--;
    }
  }

  void PassTurnsOn() {
    // Where no thread can be made, the running ones come by for them.
    while (!waiting.empty() && MayBegin() && Begin(waiting.front())) waiting.pop_front();
  }

  // The thread `self` has done `task`: it takes the next one that waits, or lies down.
  void Free(Task& task, Resting* self) {
    if (task.turn_ != Turn::kNone) running--;
    if (task.turn_ == Turn::kRuns) in_turn--;
    task.turn_ = Turn::kNone;
    if (!waiting.empty() && MayBegin()) {
      self->next = std::move(waiting.front());
      waiting.pop_front();
      Count(*self->next);
    } else {
      self->below = resting;
      resting = self;
    }
  }

  // Waits for a task. False: none came, and the thread is in no list any more.
  bool Rest(std::unique_lock<std::mutex>& lock, Resting* self) {
    if (self->wake.wait_for(lock, kLongestRest, [&] { return self->next != nullptr; })) return true;
    Resting** link = &resting;
    while (*link != self) link = &(*link)->below;
    *link = self->below;
    return false;
  }

  std::mutex mutex;
  Resting* resting = nullptr;  // the last to lie down is the first to rise, so that others can go
  std::deque<std::shared_ptr<Task>> waiting;
  int in_turn = 0;  // tasks that are being done and that somebody waits for
  int running = 0;  // the same, and those that were forgotten
};

namespace {

void Work(std::shared_ptr<Task> task) {
  Pool& pool = Pool::OfProcess();
  for (;;) {
    task->Do();
    Resting self;
    std::unique_lock<std::mutex> lock(pool.mutex);
    pool.Free(*task, &self);
    lock.unlock();
    // Who waits for this end and then has another task finds this thread, and makes no second one.
    task->Tell();
    task.reset();
    lock.lock();
    if (!pool.Rest(lock, &self)) return;
    task = std::move(self.next);
  }
}

}  // namespace

bool DoNow(const std::shared_ptr<Task>& task) {
  Pool& pool = Pool::OfProcess();
  {
    const std::lock_guard<std::mutex> lock(pool.mutex);
    if (pool.Wake(task)) return true;
  }
  return StartThread(task);
}

bool DoInTurn(const std::shared_ptr<Task>& task) {
  Pool& pool = Pool::OfProcess();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  return pool.Add(task);
}

void Forget(Task& task) {
  Pool& pool = Pool::OfProcess();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  pool.Forget(task);
}

void PassTurnsOn() {
  Pool& pool = Pool::OfProcess();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  pool.PassTurnsOn();
}

}  // namespace berkeley
