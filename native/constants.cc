// Before node's headers: __APPLE_USE_RFC_3542 has to precede the first netinet/in.h.
#include "constants_headers.h"

#include "constants.h"

#include <cstddef>

namespace berkeley {
namespace {

// Doubles: INADDR_NONE and eight others exceed an int.
struct Constant {
  const char* name;
  double value;
};

constexpr Constant kConstants[] = {
#include "generated/constants.inc"
#include "generated/select.inc"
};

constexpr Constant kErrnos[] = {
#include "generated/errno.inc"
};

template <size_t count>
Napi::Object MakeObject(Napi::Env env, const Constant (&table)[count]) {
  Napi::Object object = Napi::Object::New(env);
  for (const Constant& each : table) object.Set(each.name, each.value);
  return object;
}

}  // namespace

Napi::Object MakeConstants(Napi::Env env) { return MakeObject(env, kConstants); }

Napi::Object MakeErrnoTable(Napi::Env env) { return MakeObject(env, kErrnos); }

}  // namespace berkeley
