#include "job_pool.h"

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

struct Assignment {
  std::shared_ptr<Task> task;
  bool in_turn = false;
};

// A thread that rests, on its own stack, in a list. All of it is the pool's mutex's.
struct Resting {
  std::condition_variable wake;
  Assignment next;
  Resting* below = nullptr;
};

struct Pool {
  std::mutex mutex;
  Resting* resting = nullptr;  // the last to lie down is the first to rise, so that others can go
  std::deque<std::shared_ptr<Task>> waiting;
  int in_turn = 0;  // tasks that are being done and count
};

Pool& ThePool() {
  static auto* pool = new Pool();  // never destroyed: threads outlive static objects
  return *pool;
}

bool WakeOne(Pool& pool, Assignment* given) {
  Resting* thread = pool.resting;
  if (thread == nullptr) return false;
  pool.resting = thread->below;
  thread->next = std::move(*given);
  // Under the mutex: once it is free the thread may be gone, and `wake` with it.
  thread->wake.notify_one();
  return true;
}

// What a thread does that has done `done`: takes the next task, or lies down.
void Free(Pool& pool, const Assignment& done, Resting* self) {
  const std::lock_guard<std::mutex> lock(pool.mutex);
  if (done.in_turn) pool.in_turn--;
  if (!pool.waiting.empty() && pool.in_turn < kMostInTurn) {
    self->next = {std::move(pool.waiting.front()), true};
    pool.waiting.pop_front();
    pool.in_turn++;
  } else {
    self->below = pool.resting;
    pool.resting = self;
  }
}

// Waits for a task. False: none came, and the thread is in no list any more.
bool Rest(Pool& pool, Resting* self) {
  std::unique_lock<std::mutex> lock(pool.mutex);
  if (self->wake.wait_for(lock, kLongestRest, [&] { return self->next.task != nullptr; })) {
    return true;
  }
  Resting** link = &pool.resting;
  while (*link != self) link = &(*link)->below;
  *link = self->below;
  return false;
}

void Work(Assignment given) {
  Pool& pool = ThePool();
  for (;;) {
    given.task->Do();
    Resting self;
    Free(pool, given, &self);
    // Who waits for this end and then has another task finds this thread, and makes no second one.
    given.task->Tell();
    given.task.reset();
    if (!Rest(pool, &self)) return;
    given = std::move(self.next);
  }
}

bool StartThread(Assignment given) {
  const BlockedSignals blocked;
  try {
    std::thread(Work, std::move(given)).detach();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

}  // namespace

bool DoNow(std::shared_ptr<Task> task) {
  Pool& pool = ThePool();
  Assignment given = {std::move(task), false};
  {
    const std::lock_guard<std::mutex> lock(pool.mutex);
    if (WakeOne(pool, &given)) return true;
  }
  return StartThread(std::move(given));
}

bool DoInTurn(std::shared_ptr<Task> task) {
  Pool& pool = ThePool();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  if (pool.in_turn < kMostInTurn) {
    Assignment given = {task, true};
    if (WakeOne(pool, &given) || StartThread({task, true})) {
      pool.in_turn++;
      return true;
    }
    // Whoever is at work will come by for it, where anybody is.
    if (pool.in_turn == 0) return false;
  }
  pool.waiting.push_back(std::move(task));
  return true;
}

}  // namespace berkeley
