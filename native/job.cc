#include "job.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "blocked_signals.h"
#include "wait.h"

namespace berkeley {

namespace {

// As in wait.cc: a worker that is being ended waits at most so long for its call to notice.
constexpr std::chrono::milliseconds kSlice(50);

// Shared by the thread that works and the one that waits; the last of them frees it.
struct Shared {
  explicit Shared(std::shared_ptr<Job> given) : job(std::move(given)) {}

  const std::shared_ptr<Job> job;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
};

bool StartThread(const std::shared_ptr<Shared>& shared) {
  const BlockedSignals blocked;
  try {
    std::thread([shared] {
      shared->job->Perform();
      const std::lock_guard<std::mutex> lock(shared->mutex);
      shared->done = true;
      shared->changed.notify_one();
    }).detach();
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

// 0 once the job is done, or why it was abandoned.
int PerformOnThread(Environment& environment, const std::shared_ptr<Job>& job) {
  const auto shared = std::make_shared<Shared>(job);
  const InterruptWatch interrupts(environment);
  if (!StartThread(shared)) return -EAGAIN;
  std::unique_lock<std::mutex> lock(shared->mutex);
  while (!shared->changed.wait_for(lock, kSlice, [&] { return shared->done; })) {
    lock.unlock();
    if (interrupts.Interrupted()) return -EINTR;
    if (!environment.CanRun()) return kTerminated;
    lock.lock();
  }
  return 0;
}

}  // namespace

bool Job::PerformAtOnce() {
  try {
    return RunAtOnce(&outcome_);
  } catch (const std::bad_alloc&) {
    outcome_ = {-ENOMEM, 0};
    return true;
  }
}

void Job::Perform() {
  try {
    outcome_ = Run();
  } catch (const std::bad_alloc&) {
    outcome_ = {-ENOMEM, 0};
  }
}

napi_value Job::Finish(Environment& environment) {
  if (outcome_.result == 0) return Result(environment);
  environment.shared().value = outcome_.code;
  return MakeNumber(environment.env(), outcome_.result);
}

napi_value RunJob(Environment& environment, const std::shared_ptr<Job>& job) {
  if (!job->PerformAtOnce()) {
    const int result = PerformOnThread(environment, job);
    if (result != 0) return MakeNumber(environment.env(), result);
  }
  return job->Finish(environment);
}

}  // namespace berkeley
