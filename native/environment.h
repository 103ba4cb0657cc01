// What one JavaScript environment (the main thread or a worker) owns: the shared memory, the
// descriptors that it opened, and the means to notice that it is being ended.
#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

#include "async_jobs.h"
#include "blocking_call.h"
#include "engine.h"
#include "shared_memory.h"
#include "untaken.h"

namespace berkeley {

// The open descriptors of one environment. Each has a token, so that a late close (a second one,
// or a finalizer's) never hits a descriptor number that the kernel has given to somebody else.
// Several environments may own one descriptor: the last to end closes it, and an explicit close in
// one takes it from all.
class DescriptorTable {
 public:
  // Records that `fd` belongs to this environment; answers its token, or 0 where memory is out.
  uint32_t Own(int fd);
  // Whose token it is, or -1. Looks at each.
  int DescriptorOf(uint32_t token) const;
  // Whether `fd` is this environment's, by that token, and nobody has closed it since.
  bool Owns(int fd, uint32_t token);
  // Gives `fd` up without closing it. False where the token is not its.
  bool Disown(int fd, uint32_t token);
  // Gives `fd` up for every environment, before it is closed. False where the token is not its.
  bool Take(int fd, uint32_t token);
  // Likewise whoever holds it, before somebody closes it by number.
  static void Forget(int fd);
  void CloseAll();

 private:
  struct Entry {
    uint32_t token;  // 0 = not ours
    uint32_t epoch;  // of the descriptor number, when it became ours
  };
  Entry* Find(int fd, uint32_t token);

  std::vector<Entry> entries_;  // by descriptor
  uint32_t last_token_ = 0;
};

class Environment {
 public:
  // Creates the state of `env`, its shared memory and its cleanup hook. nullptr: an exception is
  // pending.
  static Environment* Create(Napi::Env env);

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // False once this environment is being ended (terminate, exit, a vm time-out): JavaScript runs
  // no more, and a call that waits must unwind.
  bool CanRun() const;

  napi_env env() const { return env_; }
  bool is_main_thread() const { return is_main_thread_; }
  SharedMemory& shared() { return *shared_; }
  Napi::Value shared_buffer() const { return shared_buffer_.Value(); }
  DescriptorTable& descriptors() { return descriptors_; }
  Engine& engine() { return engine_; }
  AsyncJobs& jobs() { return jobs_; }
  Untaken& untaken() { return untaken_; }
  Watched& watched() { return watched_; }
  void set_probe(Napi::Function probe, bool is_main_thread);

 private:
  explicit Environment(napi_env env) : env_(env), engine_(*this) {}
  ~Environment() = default;
  static void CleanUp(void* data);

  napi_env env_;
  bool is_main_thread_ = false;
  SharedMemory* shared_ = nullptr;
  Napi::Reference<Napi::ArrayBuffer> shared_buffer_;
  Napi::FunctionReference probe_;
  DescriptorTable descriptors_;
  Engine engine_;
  AsyncJobs jobs_;
  Untaken untaken_;
  Watched watched_;
};

}  // namespace berkeley
