// How JavaScript calls a native function, and checked readers of its arguments. TypeScript has
// validated them; what arrives wrong all the same is answered with kBadCall, never trusted.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "environment.h"
#include "syscall.h"

namespace berkeley {

// A stretch of a JavaScript buffer. The pointer is good until the call returns, no longer.
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
  bool ok = false;
};

// The bytes of a Uint8Array (Buffers are such); not ok for anything else.
Bytes ReadBytes(napi_env env, napi_value value);

// `length` bytes from `offset` of a view; not ok where they are not all inside it, as in a
// detached buffer, whose length is 0.
Bytes Slice(Bytes view, int32_t offset, int32_t length);

// The numbers of a typed array of just this type; the pointer is good until JavaScript runs.
template <typename Number>
struct Numbers {
  Number* data = nullptr;
  size_t length = 0;
  bool ok = false;
};

// An Int32Array; not ok for anything else.
Numbers<int32_t> ReadWords(napi_env env, napi_value value);
// A Float64Array; not ok for anything else.
Numbers<double> ReadDoubles(napi_env env, napi_value value);

// The arguments of one call, at most kMost of them.
class Arguments {
 public:
  static constexpr size_t kMost = 8;

  Arguments(napi_env env, napi_callback_info info);

  Environment& environment() const { return *environment_; }
  napi_env env() const { return env_; }
  bool Has(size_t index) const { return index < count_; }
  napi_value At(size_t index) const { return values_[index]; }

  // False (and `out` untouched) where the argument is missing or not of that type.
  bool Int32(size_t index, int32_t* out) const;
  bool Double(size_t index, double* out) const;
  Bytes View(size_t index) const;

 private:
  napi_env env_;
  size_t count_ = kMost;
  napi_value values_[kMost];
  Environment* environment_ = nullptr;
};

// A native function: its result goes to JavaScript as a number.
using Function = int (*)(Arguments&);
// A function of the shared memory alone, for hot calls: no argument, or one view.
using SharedFunction = int (*)(Environment&);
using ViewFunction = int (*)(Environment&, napi_value);

template <Function function>
napi_value CallFunction(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value result = nullptr;
  napi_create_int32(env, function(arguments), &result);
  return result;
}

template <SharedFunction function>
napi_value CallShared(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_value result = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  napi_create_int32(env, function(*static_cast<Environment*>(data)), &result);
  return result;
}

// The result is left in the shared memory: a load costs less than a value of Node-API.
template <SharedFunction function>
napi_value CallInShared(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  auto* environment = static_cast<Environment*>(data);
  environment->shared().result = function(*environment);
  return nullptr;
}

template <ViewFunction function>
napi_value CallView(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  size_t count = 1;
  napi_value view = nullptr;
  napi_value result = nullptr;
  napi_get_cb_info(env, info, &count, &view, nullptr, &data);
  napi_create_int32(env, function(*static_cast<Environment*>(data), view), &result);
  return result;
}

// Collects the functions of the addon; each source file adds its own.
class Exports {
 public:
  Exports(Napi::Env env, Napi::Object object, Environment* environment)
      : env_(env), object_(object), environment_(environment) {}

  template <Function function>
  void Add(const char* name) {
    Define(name, CallFunction<function>);
  }
  template <SharedFunction function>
  void AddShared(const char* name) {
    Define(name, CallShared<function>);
  }
  // Likewise; the result is in the shared memory.
  template <SharedFunction function>
  void AddInShared(const char* name) {
    Define(name, CallInShared<function>);
  }
  template <ViewFunction function>
  void AddView(const char* name) {
    Define(name, CallView<function>);
  }
  // A function that answers any JavaScript value; its data pointer is the Environment.
  void Define(const char* name, napi_callback callback);

 private:
  Napi::Env env_;
  Napi::Object object_;
  Environment* environment_;
};

}  // namespace berkeley
