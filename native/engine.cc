#include "engine.h"

#include "exports.h"
#include "wait.h"

namespace berkeley {

namespace {

// So many events tell of a busy loop, in which more have come meanwhile: asking once more is
// cheaper than going through the event loop for them.
constexpr int kBusyBatch = 8;
// After so many batches timers and others have their turn.
constexpr int kMostBatches = 4;
// Likewise, when spinning, after so long.
constexpr int64_t kLongestSpinNs = 1'000'000;

}  // namespace

void Engine::Stop() {
  if (waker_ != nullptr) waker_->Stop();
  waker_ = nullptr;
  poller_.reset();
}

int Engine::Choose(PollerKind kind) {
  if (poller_ == nullptr && (kind == PollerKind::kSystem || Poller::Open(kind, &poller_) < 0)) {
    const int result = Poller::Open(PollerKind::kSystem, &poller_);
    if (result < 0) return result;
  }
  return static_cast<int>(poller_->kind());
}

int Engine::Start(WakerKind kind, Napi::Function deliver) {
  if (started()) return 0;
  const int result = Choose(PollerKind::kSystem);
  if (result < 0) return result;
  deliver_ = Napi::Persistent(deliver);
  receiver_ = Napi::Persistent(Napi::Object::New(environment_.env()));
  return Waker::Start(environment_.env(), kind, poller_->fd(), OnWake, this, &waker_);
}

void Engine::SetReferenced(bool referenced) {
  if (waker_ == nullptr || referenced == referenced_) return;
  referenced_ = referenced;
  waker_->SetReferenced(referenced);
}

void Engine::OnWake(void* data) {
  auto* engine = static_cast<Engine*>(data);
  engine->poller_->Begin();
  engine->Dispatch();
  engine->poller_->End();
}

void Engine::Dispatch() {
  SharedMemory& shared = environment_.shared();
  const int64_t spin_ns = int64_t{shared.spin_us} * 1000;
  const int64_t started_ns = spin_ns > 0 ? NowNs() : 0;
  int64_t idle_since_ns = started_ns;
  for (int batches = 0;;) {
    const int count = poller_->Take(shared.ready, Poller::kMostEvents);
    if (count > 0) {
      // What is alone is received as cheaply by the one who waits for it.
      if (count > 1) arrivals_.Receive(shared.ready, count);
      Deliver(count);
    }
    if (spin_ns == 0) {
      if (count < kBusyBatch || ++batches == kMostBatches) return;
      continue;
    }
    if (count < 0) return;
    const int64_t now_ns = NowNs();
    if (count > 0) idle_since_ns = now_ns;
    // The second holds however much there is: sockets that answer each other always have something.
    if (now_ns - idle_since_ns >= spin_ns || now_ns - started_ns >= kLongestSpinNs) return;
  }
}

void Engine::Deliver(int count) {
  const napi_env env = environment_.env();
  SharedMemory& shared = environment_.shared();
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value number;
  napi_value result;  // of no use, but Deno writes it unasked
  shared.in_dispatch = 1;
  // As a callback of the runtime: promises that were resolved have their say before it returns.
  if (napi_create_int32(env, count, &number) == napi_ok &&
      napi_make_callback(env, nullptr, receiver_.Value(), deliver_.Value(), 1, &number, &result) ==
          napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  }
  shared.in_dispatch = 0;
  SetReferenced(shared.waiting > 0);
  napi_close_handle_scope(env, scope);
}

namespace {

// (kind): the kind of the poller, or -errno. See Engine::Choose().
int ChoosePoller(Arguments& arguments) {
  int32_t kind;
  if (!arguments.Int32(0, &kind)) return kBadCall;
  return arguments.environment().engine().Choose(static_cast<PollerKind>(kind));
}

// (kind, deliver): 0 or -errno.
int StartEngine(Arguments& arguments) {
  int32_t kind;
  if (!arguments.Int32(0, &kind) || !arguments.Has(1)) return kBadCall;
  const Napi::Value deliver(arguments.env(), arguments.At(1));
  if (!deliver.IsFunction()) return kBadCall;
  return arguments.environment().engine().Start(static_cast<WakerKind>(kind),
                                                deliver.As<Napi::Function>());
}

// The memory for arrivals, an ArrayBuffer; undefined where there is none.
napi_value OpenArrivals(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  return arguments.environment().engine().arrivals().Open(env);
}

// (fd, generation, before, interest): 0 or -errno. See Poller::Watch(). A generation above 0 is a
// token: -EBADF where the descriptor is not its any more.
int Watch(Arguments& arguments) {
  int32_t fd, generation, before, interest;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &generation) ||
      !arguments.Int32(2, &before) || !arguments.Int32(3, &interest)) {
    return kBadCall;
  }
  Environment& environment = arguments.environment();
  if (interest != 0 && generation > 0 &&
      !environment.descriptors().Owns(fd, static_cast<uint32_t>(generation))) {
    return -EBADF;
  }
  Engine& engine = environment.engine();
  return engine.started() ? engine.poller().Watch(fd, generation, before, interest) : kBadCall;
}

// As the shared `waiting` says: 0.
int UpdateReference(Environment& environment) {
  environment.engine().SetReferenced(environment.shared().waiting > 0);
  return 0;
}

}  // namespace

void AddEngine(Exports& exports) {
  exports.Add<ChoosePoller>("choosePoller");
  exports.Add<StartEngine>("startEngine");
  exports.Define("openArrivals", OpenArrivals);
  exports.Add<Watch>("watch");
  exports.AddShared<UpdateReference>("updateReference");
}

}  // namespace berkeley
