#include "async_jobs.h"

#include <atomic>
#include <mutex>
#include <new>

#include "exports.h"
#include "job.h"
#include "job_pool.h"
#include "platform.h"
#include "syscall.h"
#include "system.h"

namespace berkeley {

// Tasks that are done, in a list that threads may add to when the environment is gone.
struct AsyncJobs::Inbox {
  ~Inbox() { Close(); }

  void Add(std::shared_ptr<JobTask> task);
  std::shared_ptr<JobTask> Take();
  void Close();

  std::mutex mutex;
  std::shared_ptr<JobTask> first;
  JobTask* last = nullptr;
  int notify[2] = {-1, -1};  // a pipe; closed once the environment is gone
};

class AsyncJobs::JobTask : public Task, public std::enable_shared_from_this<JobTask> {
 public:
  JobTask(int32_t id, std::shared_ptr<Job> job, std::shared_ptr<Inbox> inbox)
      : id(id), job(std::move(job)), inbox_(std::move(inbox)) {}

  void Do() override {
    if (!abandoned_) job->Perform();
  }

  void Tell() override {
    if (!abandoned_) inbox_->Add(shared_from_this());
  }

  void Abandon() {
    abandoned_ = true;
    Forget(*this);
  }

  const int32_t id;
  const std::shared_ptr<Job> job;
  std::shared_ptr<JobTask> next;  // in the inbox

 private:
  const std::shared_ptr<Inbox> inbox_;
  std::atomic<bool> abandoned_{false};
};

void AsyncJobs::Inbox::Add(std::shared_ptr<JobTask> task) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (notify[1] < 0) return;
  JobTask* added = task.get();
  if (first != nullptr) {
    last->next = std::move(task);
  } else {
    first = std::move(task);
    const char byte = 0;
    // A full pipe, which there cannot be, would be readable all the same.
    Retry([&] { return write(notify[1], &byte, 1); });
  }
  last = added;
}

std::shared_ptr<AsyncJobs::JobTask> AsyncJobs::Inbox::Take() {
  const std::lock_guard<std::mutex> lock(mutex);
  std::shared_ptr<JobTask> task = std::move(first);
  if (task != nullptr) {
    first = std::move(task->next);
    return task;
  }
  // What the pipe holds was about those that have been taken.
  char bytes[64];
  while (notify[0] >= 0 && Retry([&] { return read(notify[0], bytes, sizeof(bytes)); }) > 0) {
  }
  return nullptr;
}

void AsyncJobs::Inbox::Close() {
  const std::lock_guard<std::mutex> lock(mutex);
  for (int& end : notify) {
    if (end >= 0) close(end);
    end = -1;
  }
  // One by one: a long list would end recursively.
  while (first != nullptr) first = std::move(first->next);
}

AsyncJobs::~AsyncJobs() {
  for (const auto& [id, task] : tasks_) task->Abandon();
  if (!tasks_.empty()) PassTurnsOn();
  if (inbox_ != nullptr) inbox_->Close();
}

int AsyncJobs::Open() {
  if (inbox_ != nullptr) return 0;
  auto inbox = std::make_shared<Inbox>();
  const int result = OpenPipe(inbox->notify);
  if (result < 0) return result;
  inbox_ = std::move(inbox);
  return 0;
}

int AsyncJobs::Start(const std::shared_ptr<Job>& job) {
  const int result = Open();
  if (result < 0) return result;
  do {
    last_id_ = last_id_ == INT32_MAX ? 1 : last_id_ + 1;
  } while (tasks_.count(last_id_) > 0);
  const auto task = std::make_shared<JobTask>(last_id_, job, inbox_);
  if (!DoInTurn(task)) return -EAGAIN;
  tasks_.emplace(task->id, task);
  return task->id;
}

void AsyncJobs::Abandon(int32_t id) {
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return;
  found->second->Abandon();
  tasks_.erase(found);
}

std::shared_ptr<Job> AsyncJobs::Take(int32_t* id) {
  if (inbox_ == nullptr) return nullptr;
  for (;;) {
    const std::shared_ptr<JobTask> task = inbox_->Take();
    if (task == nullptr) return nullptr;
    // One that was abandoned while it lay in the inbox is not for anybody.
    if (tasks_.erase(task->id) == 0) continue;
    *id = task->id;
    return task->job;
  }
}

int AsyncJobs::descriptor() const { return inbox_ == nullptr ? -1 : inbox_->notify[0]; }

napi_value StartJob(Environment& environment, const std::shared_ptr<Job>& job) {
  if (job->PerformAtOnce()) return job->Finish(environment);
  const int id = environment.jobs().Start(job);
  if (id < 0) return MakeNumber(environment.env(), id);
  environment.shared().token = id;
  return nullptr;
}

namespace {

// What turns readable when a job is done; -EBADF before the first one.
int JobsDescriptor(Arguments& arguments) {
  const int fd = arguments.environment().jobs().descriptor();
  return fd < 0 ? -EBADF : fd;
}

// The answer of a job that is done, with its id in the shared `token`, which is 0 where there is
// none.
napi_value TakeJob(Arguments& arguments) {
  Environment& environment = arguments.environment();
  int32_t id = 0;
  const std::shared_ptr<Job> job = environment.jobs().Take(&id);
  environment.shared().token = id;
  return job == nullptr ? nullptr : job->Finish(environment);
}

// (id): 0. PassJobsOn() belongs after it.
int AbandonJob(Arguments& arguments) {
  int32_t id;
  if (!arguments.Int32(0, &id)) return kBadCall;
  arguments.environment().jobs().Abandon(id);
  return 0;
}

// What was abandoned gives its place to what waits: 0.
int PassJobsOn(Arguments&) {
  PassTurnsOn();
  return 0;
}

}  // namespace

void AddJobs(Exports& exports) {
  exports.Add<JobsDescriptor>("jobsDescriptor");
  exports.Define("takeJob", CallValue<TakeJob>);
  exports.Add<AbandonJob>("abandonJob");
  exports.Add<PassJobsOn>("passJobsOn");
}

}  // namespace berkeley
