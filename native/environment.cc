#include "environment.h"

#include <new>

namespace berkeley {

uint32_t DescriptorTable::Own(int fd) {
  const size_t index = static_cast<size_t>(fd);
  if (index >= tokens_.size()) {
    try {
      tokens_.resize(index + index / 2 + 64, 0);
    } catch (const std::bad_alloc&) {
      return 0;
    }
  }
  // 31 bits, so that a token is a small integer in JavaScript; 0 means "not ours".
  last_token_ = (last_token_ + 1) & 0x7fffffff;
  if (last_token_ == 0) last_token_ = 1;
  return tokens_[index] = last_token_;
}

bool DescriptorTable::Disown(int fd, uint32_t token) {
  const size_t index = static_cast<size_t>(fd);
  if (fd < 0 || index >= tokens_.size() || token == 0 || tokens_[index] != token) return false;
  tokens_[index] = 0;
  return true;
}

void DescriptorTable::Forget(int fd) {
  const size_t index = static_cast<size_t>(fd);
  if (fd >= 0 && index < tokens_.size()) tokens_[index] = 0;
}

void DescriptorTable::CloseAll() {
  for (size_t fd = 0; fd < tokens_.size(); fd++) {
    if (tokens_[fd] == 0) continue;
    tokens_[fd] = 0;
    close(static_cast<int>(fd));
  }
}

Environment* Environment::Create(Napi::Env env) {
  auto* state = new (std::nothrow) Environment(env);
  if (state == nullptr) {
    Napi::Error::New(env, "berkeley: out of memory").ThrowAsJavaScriptException();
    return nullptr;
  }
  // V8 keeps the memory of an array buffer in place until it is collected or detached. This one is
  // held by the reference and never leaves the binding module, so its address is good for good.
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, sizeof(SharedMemory));
  if (env.IsExceptionPending() || napi_add_env_cleanup_hook(env, CleanUp, state) != napi_ok) {
    delete state;
    return nullptr;
  }
  state->shared_ = new (buffer.Data()) SharedMemory();
  state->shared_buffer_ = Napi::Reference<Napi::ArrayBuffer>::New(buffer, 1);
  return state;
}

void Environment::CleanUp(void* data) {
  auto* state = static_cast<Environment*>(data);
  state->descriptors_.CloseAll();
  delete state;
}

void Environment::set_probe(Napi::Function probe, bool is_main_thread) {
  probe_ = Napi::Persistent(probe);
  is_main_thread_ = is_main_thread;
}

bool Environment::CanRun() const {
  if (probe_.IsEmpty()) return true;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  napi_value receiver;
  napi_value result;
  // A call into JavaScript is what notices every way of being ended; cheaper questions do not.
  const bool can_run =
      napi_get_undefined(env_, &receiver) == napi_ok &&
      napi_call_function(env_, receiver, probe_.Value(), 0, nullptr, &result) == napi_ok;
  napi_close_handle_scope(env_, scope);
  return can_run;
}

}  // namespace berkeley
