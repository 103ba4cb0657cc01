// How the event loop is woken when the poller has events.
#pragma once

#include <node_api.h>

namespace berkeley {

enum class WakerKind {
  kLibuv = 0,         // a uv_poll_t on the poller's descriptor
  kLibuvOneShot = 1,  // the same where it fires once for each start (Deno)
  kThread = 2,        // a thread of its own, where libuv is not to be had (Bun)
};

class Waker {
 public:
  using Callback = void (*)(void* data);

  // Calls `callback` on the environment's thread whenever `fd` is readable, without a handle scope.
  // Does not keep the process alive until told to. 0 or -errno.
  static int Start(napi_env env, WakerKind kind, int fd, Callback callback, void* data,
                   Waker** waker);

  // Whether it keeps the process alive.
  virtual void SetReferenced(bool referenced) = 0;
  // Ends it and, now or later, deletes it. `fd` is not looked at any more.
  virtual void Stop() = 0;

 protected:
  virtual ~Waker() = default;
};

// The implementations; 0 or -errno as above.
int StartLibuvWaker(napi_env env, bool one_shot, int fd, Waker::Callback callback, void* data,
                    Waker** waker);
int StartThreadWaker(napi_env env, int fd, Waker::Callback callback, void* data, Waker** waker);

}  // namespace berkeley
