// The addon: what it exports, and the state of one environment behind it.
#include "constants.h"
#include "exports.h"
#include "system.h"

namespace berkeley {

namespace {

// (probe, isMainThread): an empty JavaScript function, called to see whether JavaScript still runs.
Napi::Value SetProbe(const Napi::CallbackInfo& info) {
  auto* environment = static_cast<Environment*>(info.Data());
  if (info.Length() == 2 && info[0].IsFunction() && info[1].IsBoolean()) {
    environment->set_probe(info[0].As<Napi::Function>(), info[1].As<Napi::Boolean>());
  }
  return info.Env().Undefined();
}

Napi::Object Initialize(Napi::Env env, Napi::Object object) {
  Environment* environment = Environment::Create(env);
  if (environment == nullptr) return object;
  KeepLoaded();
  object.Set("shared", environment->shared_buffer());
  object.Set("layout", MakeLayout(env));
  AddConstants(env, object);
  object.Set("errno", MakeErrnoTable(env));
  object.Set("isFirstThread", IsFirstThread());
  object.Set("setProbe", Napi::Function::New(env, SetProbe, "setProbe", environment));
  Exports exports(env, object, environment);
  AddOpen(exports);
  AddDescriptor(exports);
  AddConnection(exports);
  AddTransfer(exports);
  AddSendfile(exports);
  AddSplice(exports);
  AddMessage(exports);
  AddBatch(exports);
  AddEngine(exports);
  AddJobs(exports);
  AddOptions(exports);
  AddMulticast(exports);
  AddResolver(exports);
  AddNetdb(exports);
  AddInterfaces(exports);
  AddInet(exports);
  AddWait(exports);
  AddSelect(exports);
  AddKernelQueue(exports);
  return object;
}

}  // namespace

}  // namespace berkeley

Napi::Object Initialize(Napi::Env env, Napi::Object object) {
  return berkeley::Initialize(env, object);
}

NODE_API_MODULE(berkeley, Initialize)
