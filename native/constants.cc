// Before node's headers: __APPLE_USE_RFC_3542 has to precede the first netinet/in.h.
#include "constants_headers.h"

#include "constants.h"

#include <cstddef>
#include <cstdint>

namespace berkeley {
namespace {

// Doubles: INADDR_NONE and eight others exceed an int.
struct Constant {
  const char* name;
  uint32_t place;
  double value;
};

struct Errno {
  const char* name;
  double value;
};

// Where each value stands in the list of values.
#include "generated/places.inc"

constexpr Constant kConstants[] = {
#include "generated/constants.inc"
#include "generated/select.inc"
};

constexpr Errno kErrnos[] = {
#include "generated/errno.inc"
};

template <typename Row, size_t count>
Napi::Object MakeObject(Napi::Env env, const Row (&table)[count]) {
  Napi::Object object = Napi::Object::New(env);
  for (const Row& each : table) object.Set(each.name, each.value);
  return object;
}

// (): every constant by its name. An object of so many is not made before it is asked for.
Napi::Value NameConstants(const Napi::CallbackInfo& info) {
  return MakeObject(info.Env(), kConstants);
}

}  // namespace

void AddConstants(Napi::Env env, Napi::Object exports) {
  Napi::Array values = Napi::Array::New(env, kPlaces);
  for (const Constant& each : kConstants) values.Set(each.place, each.value);
  exports.Set("constants", values);
  exports.Set("fingerprint", kFingerprint);
  exports.Set("nameConstants", Napi::Function::New<NameConstants>(env, "nameConstants"));
}

Napi::Object MakeErrnoTable(Napi::Env env) { return MakeObject(env, kErrnos); }

}  // namespace berkeley
