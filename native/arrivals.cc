#include "arrivals.h"

#include "platform.h"
#include "syscall.h"

namespace berkeley {

namespace {

// So that no two sockets' bytes share a cache line, and a place is often used for the same length.
constexpr size_t kAlignment = 64;

}  // namespace

Napi::Value Arrivals::Open(napi_env env) {
  if (memory_ == nullptr) {
    Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, sizeof(ArrivalMemory));
    if (buffer.IsEmpty()) return Napi::Value();
    buffer_ = Napi::Reference<Napi::ArrayBuffer>::New(buffer, 1);
    memory_ = static_cast<ArrivalMemory*>(buffer.Data());
  }
  return buffer_.Value();
}

void Arrivals::Receive(const ReadyEvent* events, int count) {
  if (memory_ == nullptr) return;
  size_t used = 0;
  for (int i = 0; i < count; i++) {
    const ReadyEvent& event = events[i];
    auto& arrival = memory_->arrivals[i];
    arrival.result = kNoArrival;
    const auto fd = static_cast<size_t>(event.fd);
    if (fd >= kArmable) continue;
    auto& armed = memory_->armed[fd];
    // An error is for whom it is meant for, and urgent data must not be passed over. JavaScript
    // will receive then, before it comes to a later event of the same descriptor: what were
    // received for that one would be out of order. Who only sends is not concerned.
    if ((event.readiness & ~kHungUp) != kReadable) {
      if (event.readiness != kWritable) armed.size = 0;
      continue;
    }
    const int32_t size = armed.size;
    if (size <= 0 || size > kMostArmed || armed.token != event.generation) continue;
    const auto length = static_cast<size_t>(size);
    if (length > kArrivalSlab - used) continue;
    armed.size = 0;
    arrival.offset = static_cast<int32_t>(used);
    arrival.result = Again([&] {
      return ReceiveFrom(event.fd, memory_->slab + used, length, MSG_DONTWAIT, nullptr, nullptr);
    });
    if (arrival.result > 0) {
      used += (static_cast<size_t>(arrival.result) + kAlignment - 1) & ~(kAlignment - 1);
    }
  }
}

}  // namespace berkeley
