// Faults on purpose, one a function: what the sanitizers must see before their silence about the
// addon counts.
#include <node_api.h>

#include <climits>
#include <thread>

namespace {

int shared_number = 0;
// So that the compiler does without none of it.
char* volatile lost = nullptr;

napi_value Leak(napi_env, napi_callback_info) {
  lost = new char[12'345];
  lost = nullptr;
  return nullptr;
}

// Two threads, and nothing between them.
napi_value RaceOfThreads(napi_env, napi_callback_info) {
  const auto count = [] {
    for (int i = 0; i < 1000; i++) shared_number++;
  };
  std::thread one(count);
  std::thread other(count);
  one.join();
  other.join();
  return nullptr;
}

// A race where environments in several threads call it.
napi_value RaceOfEnvironments(napi_env, napi_callback_info) {
  shared_number++;
  return nullptr;
}

napi_value UseAfterFree(napi_env env, napi_callback_info) {
  char* const memory = new char[100];
  lost = memory;
  delete[] memory;
  napi_value result;
  napi_create_int32(env, lost[50], &result);
  return result;
}

napi_value Overflow(napi_env env, napi_callback_info) {
  volatile int most = INT_MAX;
  napi_value result;
  napi_create_int32(env, most + 1, &result);
  return result;
}

napi_value Initialize(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"leak", nullptr, Leak, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"raceOfThreads", nullptr, RaceOfThreads, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"raceOfEnvironments", nullptr, RaceOfEnvironments, nullptr, nullptr, nullptr, napi_default,
       nullptr},
      {"useAfterFree", nullptr, UseAfterFree, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"overflow", nullptr, Overflow, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(*functions), functions);
  return exports;
}

}  // namespace

NAPI_MODULE(faulty, Initialize)
