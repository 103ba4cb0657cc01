#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "blocked_signals.h"
#include "platform.h"
#include "syscall.h"
#include "system.h"
#include "waker.h"

namespace berkeley {

namespace {

// The thread waits for the descriptor, calls the event loop, and waits until that has answered.
class ThreadWaker : public Waker {
 public:
  ThreadWaker(int fd, Callback callback, void* data) : fd_(fd), callback_(callback), data_(data) {}

  // 0 or -errno.
  int Begin(napi_env env) {
    env_ = env;
    napi_value name;
    if (napi_create_string_utf8(env, "berkeley", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this,
                                        OnCall, &function_) != napi_ok) {
      return -ENOMEM;
    }
    napi_unref_threadsafe_function(env, function_);
    int result = OpenPipe(stop_);
    if (result == 0) result = StartThread();
    // Hooks run last first: the thread is gone before the runtime ends what it calls.
    if (result == 0 && napi_add_env_cleanup_hook(env, OnCleanUp, this) != napi_ok) result = -ENOMEM;
    if (result < 0) End();
    return result;
  }

  void SetReferenced(bool referenced) override {
    if (ended_) return;
    if (referenced) {
      napi_ref_threadsafe_function(env_, function_);
    } else {
      napi_unref_threadsafe_function(env_, function_);
    }
  }

  void Stop() override {
    if (!ended_) {
      napi_remove_env_cleanup_hook(env_, OnCleanUp, this);
      End();
    }
    delete this;
  }

 private:
  static void OnCleanUp(void* data) { static_cast<ThreadWaker*>(data)->End(); }

  static void OnCall(napi_env env, napi_value, void* context, void*) {
    auto* waker = static_cast<ThreadWaker*>(context);
    if (env == nullptr || waker->ended_) return;
    waker->callback_(waker->data_);
    const std::lock_guard<std::mutex> lock(waker->mutex_);
    waker->answered_ = true;
    waker->changed_.notify_one();
  }

  // 0 or -EAGAIN: there is no thread to be had.
  int StartThread() {
    const BlockedSignals blocked;
    try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error&) {
      return -EAGAIN;
    }
    return 0;
  }

  void Run() {
    for (;;) {
      pollfd targets[] = {{fd_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
      Retry([&] { return poll(targets, 2, -1); });
      if (targets[1].revents != 0) return;
      if (napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking) != napi_ok) {
        return;
      }
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return answered_ || stopping_; });
      if (stopping_) return;
      answered_ = false;
    }
  }

  void End() {
    ended_ = true;
    if (thread_.joinable()) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
      }
      const char byte = 0;
      Retry([&] { return write(stop_[1], &byte, 1); });
      thread_.join();
    }
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
    for (int& end : stop_) {
      if (end >= 0) close(end);
      end = -1;
    }
  }

  napi_env env_ = nullptr;
  napi_threadsafe_function function_ = nullptr;
  const int fd_;
  const Callback callback_;
  void* const data_;
  int stop_[2] = {-1, -1};
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answered_ = false;
  bool stopping_ = false;
  bool ended_ = false;
};

}  // namespace

int StartThreadWaker(napi_env env, int fd, Waker::Callback callback, void* data, Waker** waker) {
  auto* made = new (std::nothrow) ThreadWaker(fd, callback, data);
  if (made == nullptr) return -ENOMEM;
  const int result = made->Begin(env);
  if (result == 0) {
    *waker = made;
  } else {
    delete made;
  }
  return result;
}

int Waker::Start(napi_env env, WakerKind kind, int fd, Callback callback, void* data,
                 Waker** waker) {
  if (kind == WakerKind::kThread) return StartThreadWaker(env, fd, callback, data, waker);
  return StartLibuvWaker(env, kind == WakerKind::kLibuvOneShot, fd, callback, data, waker);
}

}  // namespace berkeley
