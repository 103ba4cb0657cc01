// Receives for a whole batch of ready sockets before JavaScript is called: it has said in advance
// which of them wait for what a plain recv(2) gives. One crossing for all of them, and the kernel's
// receive stays in the processor's caches.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "poller.h"

namespace berkeley {

// Descriptors from here on are received from one by one.
constexpr size_t kArmable = 65536;
constexpr size_t kArrivalSlab = 262144;
// The longest receive that is armed.
constexpr int32_t kMostArmed = 65536;

struct ArrivalMemory {
  struct {
    int32_t token;  // whose receive waits
    int32_t size;   // of how many bytes at most; 0 = none
  } armed[kArmable];
  struct {
    int32_t result;  // bytes, -errno, or kNoArrival
    int32_t offset;  // into the slab
  } arrivals[Poller::kMostEvents];
  alignas(64) uint8_t slab[kArrivalSlab];
};

constexpr int32_t kNoArrival = INT32_MIN;

class Arrivals {
 public:
  // The memory shared with TypeScript, which is made at the first call. Empty: there is none.
  Napi::Value Open(napi_env env);
  // Makes the receives that are armed for these events, and disarms all that they are told of.
  void Receive(const ReadyEvent* events, int count);

 private:
  ArrivalMemory* memory_ = nullptr;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
};

}  // namespace berkeley
