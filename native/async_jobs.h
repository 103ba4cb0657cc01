// The asynchronous form of a job: it is begun, and fetched when it is done. A descriptor, which the
// engine watches, tells when that is.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

namespace berkeley {

class Job;

// The jobs of one environment.
class AsyncJobs {
 public:
  AsyncJobs() = default;
  // Those that are not done go on alone, and nobody gets their answers.
  ~AsyncJobs();
  AsyncJobs(const AsyncJobs&) = delete;
  AsyncJobs& operator=(const AsyncJobs&) = delete;

  // Begins a job: its id, above 0, or -errno; -EAGAIN: there is no thread to be had.
  int Start(const std::shared_ptr<Job>& job);
  // Nobody wants the answer any more.
  void Abandon(int32_t id);
  // The first of those that are done, and its id; nullptr: there is none, and the next one to be
  // done turns the descriptor readable.
  std::shared_ptr<Job> Take(int32_t* id);
  // -1 before the first start.
  int descriptor() const;

 private:
  struct Inbox;
  class JobTask;
  int Open();

  std::shared_ptr<Inbox> inbox_;
  std::unordered_map<int32_t, std::shared_ptr<JobTask>> tasks_;  // that are not taken yet
  int32_t last_id_ = 0;
};

}  // namespace berkeley
