// A job: work that can take long outside of poll(2)'s reach (a name server is asked), as an object
// that owns all its memory, so that any thread can do it and nobody has to wait for its end.
#pragma once

#include <memory>

#include "values.h"

namespace berkeley {

// Results besides the -errno convention: a resolver's own code goes to the shared `value`.
constexpr int kGaiFailure = 1;   // an EAI_ code
constexpr int kHostFailure = 2;  // an h_errno

// How a job ended: 0, a negative errno, or one of the above with its code.
struct Outcome {
  int result = 0;
  int code = 0;
};

class Job {
 public:
  virtual ~Job() = default;

  // Does the job if it needs no waiting. False: Perform() has to do it.
  bool PerformAtOnce();
  // Does the job, on any thread.
  void Perform();
  // What JavaScript gets, on its own thread: the value, or a number other than 0 for a failure,
  // with the code in the shared `value`.
  napi_value Finish(Environment& environment);

 protected:
  // Touch nothing but the job.
  virtual bool RunAtOnce(Outcome*) { return false; }
  virtual Outcome Run() = 0;
  virtual napi_value Result(Environment& environment) = 0;

 private:
  Outcome outcome_;
};

// The synchronous form: does the job on a thread of its own where it may take long, and waits so
// that the wait can be interrupted. The value, or the failure as a number; kTerminated, -EINTR
// (SIGINT): the job goes on alone, and its result is dropped; -EAGAIN: there is no thread to be
// had.
napi_value RunJob(Environment& environment, const std::shared_ptr<Job>& job);

// The asynchronous form: undefined, and the job's id is in the shared `token`; or what Finish()
// gives, where nobody has to wait for it, or -errno.
napi_value StartJob(Environment& environment, const std::shared_ptr<Job>& job);

// A job from its arguments; nullptr where they are not what TypeScript lets through.
using MakeJob = std::shared_ptr<Job> (*)(Arguments&);

template <MakeJob make, napi_value (*call)(Environment&, const std::shared_ptr<Job>&)>
napi_value CallJob(Arguments& arguments) {
  const std::shared_ptr<Job> job = make(arguments);
  if (job == nullptr) return MakeNumber(arguments.env(), kBadCall);
  return call(arguments.environment(), job);
}

// Both forms.
template <MakeJob make>
void AddJob(Exports& exports, const char* name, const char* async_name) {
  exports.Define(name, CallValue<CallJob<make, RunJob>>);
  exports.Define(async_name, CallValue<CallJob<make, StartJob>>);
}

}  // namespace berkeley
