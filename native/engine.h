// The asynchronous engine's native half: asks the poller what is ready and tells TypeScript, a
// batch at a time. What is done with it (which call is attempted, which promise resolved) is
// TypeScript's.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

#include "arrivals.h"
#include "poller.h"
#include "waker.h"

namespace berkeley {

class Environment;

class Engine {
 public:
  explicit Engine(Environment& environment) : environment_(environment) {}
  ~Engine() { Stop(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Has the poller be of a kind, or where that is not to be had of the system's, and answers its
  // kind as a number; once there is one, that. -errno where there is none.
  int Choose(PollerKind kind);
  // `deliver(count)` gets the events in the shared `ready`. 0 or -errno.
  int Start(WakerKind kind, Napi::Function deliver);
  Arrivals& arrivals() { return arrivals_; }
  bool started() const { return waker_ != nullptr; }
  Poller& poller() { return *poller_; }
  // Before the descriptors of its environment are closed, some of which it may hold open.
  void Stop();

  // Whether the process is kept alive.
  void SetReferenced(bool referenced);

 private:
  static void OnWake(void* data);
  void Dispatch();
  void Deliver(int count);

  Environment& environment_;
  std::unique_ptr<Poller> poller_;
  Arrivals arrivals_;
  Waker* waker_ = nullptr;
  bool referenced_ = false;
  Napi::FunctionReference deliver_;
  Napi::ObjectReference receiver_;
};

}  // namespace berkeley
