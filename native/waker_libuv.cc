#include <uv.h>

#include <cerrno>
#include <new>

#include "waker.h"

namespace berkeley {

namespace {

class LibuvWaker : public Waker {
 public:
  LibuvWaker(bool one_shot, Callback callback, void* data)
      : one_shot_(one_shot), callback_(callback), data_(data) {
    poll_.data = this;
  }

  // 0, or libuv's error, which is -errno; then it is deleted, now or later.
  int Begin(uv_loop_t* loop, int fd) {
    int result = uv_poll_init(loop, &poll_, fd);
    if (result != 0) {
      delete this;
      return result;
    }
    uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
    result = uv_poll_start(&poll_, UV_READABLE, OnReadable);
    if (result != 0) Stop();
    return result;
  }

  void SetReferenced(bool referenced) override {
    auto* handle = reinterpret_cast<uv_handle_t*>(&poll_);
    if (referenced) {
      uv_ref(handle);
    } else {
      uv_unref(handle);
    }
  }

  void Stop() override {
    uv_poll_stop(&poll_);
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_),
             [](uv_handle_t* handle) { delete static_cast<LibuvWaker*>(handle->data); });
  }

 private:
  static void OnReadable(uv_poll_t* poll, int, int) {
    auto* waker = static_cast<LibuvWaker*>(poll->data);
    if (waker->one_shot_) uv_poll_start(poll, UV_READABLE, OnReadable);
    waker->callback_(waker->data_);
  }

  uv_poll_t poll_ = {};
  const bool one_shot_;
  const Callback callback_;
  void* const data_;
};

}  // namespace

int StartLibuvWaker(napi_env env, bool one_shot, int fd, Waker::Callback callback, void* data,
                    Waker** waker) {
  uv_loop_t* loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOSYS;
  auto* made = new (std::nothrow) LibuvWaker(one_shot, callback, data);
  if (made == nullptr) return -ENOMEM;
  const int result = made->Begin(loop, fd);
  if (result == 0) *waker = made;
  return result;
}

}  // namespace berkeley
