#include "job.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "job_pool.h"
#include "wait.h"

namespace berkeley {

namespace {

// As in wait.cc: a worker that is being ended waits at most so long for its call to notice.
constexpr std::chrono::milliseconds kSlice(50);
// What is in a file of this machine is found within this time, and then going to sleep and being
// woken, perhaps from another CPU, would be most of the call.
constexpr int64_t kSoonNs = 50'000;

// Shared by the thread that works and the one that waits; the last of them frees it.
struct AwaitedTask : public Task {
  explicit AwaitedTask(std::shared_ptr<Job> given) : job(std::move(given)) {}

  void Do() override { job->Perform(); }

  void Tell() override {
    const std::lock_guard<std::mutex> lock(mutex);
    done = true;
    changed.notify_one();
  }

  bool DoneSoon() const {
    for (const int64_t start_ns = NowNs(); !done; std::this_thread::yield()) {
      if (NowNs() - start_ns >= kSoonNs) return false;
    }
    return true;
  }

  const std::shared_ptr<Job> job;
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> done{false};
};

// 0 once the job is done, or why it was abandoned.
int PerformOnThread(Environment& environment, const std::shared_ptr<Job>& job) {
  const auto task = std::make_shared<AwaitedTask>(job);
  const InterruptWatch interrupts(environment);
  if (!DoNow(task)) return -EAGAIN;
  if (task->DoneSoon()) return 0;
  std::unique_lock<std::mutex> lock(task->mutex);
  while (!task->changed.wait_for(lock, kSlice, [&] { return task->done.load(); })) {
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
