// The asynchronous engine's native half: asks the poller what is ready and tells TypeScript, a
// batch at a time. What is done with it (which call is attempted, which promise resolved) is
// TypeScript's.
#pragma once

#include <napi.h>

#include <cstdint>

#include "poller.h"
#include "waker.h"

namespace berkeley {

class Environment;

class Engine {
 public:
  explicit Engine(Environment& environment) : environment_(environment) {}
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // `deliver(count)` gets the events in the shared `ready`. 0 or -errno.
  int Start(WakerKind kind, Napi::Function deliver);
  bool started() const { return waker_ != nullptr; }
  Poller& poller() { return poller_; }

  // Whether the process is kept alive.
  void SetReferenced(bool referenced);

 private:
  static void OnWake(void* data);
  void Dispatch();
  void Deliver(int count);

  Environment& environment_;
  Poller poller_;
  Waker* waker_ = nullptr;
  bool referenced_ = false;
  Napi::FunctionReference deliver_;
  Napi::ObjectReference receiver_;
};

}  // namespace berkeley
