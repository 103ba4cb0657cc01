// The memory that one environment's native and TypeScript halves share: arguments and results of
// the hot calls cross through it, because a store is cheaper than a Node-API argument. TypeScript
// learns the places from MakeLayout(), so that they are written down here alone.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "address_fields.h"
#include "platform.h"
#include "poller.h"

namespace berkeley {

constexpr size_t kSmallSize = 65536;  // the longest message that is received by a copy
constexpr size_t kSmallSend = 2048;   // the longest that is sent by one
// The most control messages of one receive, bytes: more than any kernel gives.
constexpr size_t kControlSize = 65536;

struct SharedMemory {
  double timeout_ns;  // below 0: wait for ever; 0: never wait
  int32_t fd;
  int32_t offset;  // into the view given
  int32_t length;
  int32_t flags;
  int32_t mode;            // Mode bits
  int32_t poll_first;      // in and out: how many receives yet shall poll before they try
  int32_t result;          // of the functions that leave it here
  int32_t bytes_sent;      // by a sendall that failed
  int32_t deferred_error;  // -errno: came after a part, is the socket's next call's; TypeScript
                           // clears it
  int32_t value;           // a result besides the returned one
  int32_t token;           // of the descriptor that the last call made
  int32_t token2;
  int32_t family;
  int32_t type;
  int32_t proto;
  int32_t nonblocking;
  int32_t listening;
  int32_t low_water;              // SO_RCVLOWAT is more than 1
  int32_t has_interrupt_handler;  // 1 or 0: whether JavaScript handles SIGINT; -1: ask the system
  int32_t encode_count;           // counts the addresses written into `address`
  int32_t address_length;         // of the sockaddr in `address`
  int32_t spin_us;           // how long the engine looks for more before it goes back to the loop
  int32_t waiting;           // asynchronous calls that keep the process alive
  int32_t in_dispatch;       // 1 while the engine tells TypeScript what is ready
  int32_t message_flags;     // of the last message received
  int32_t untaken;           // how many descriptors came with it
  int32_t control_room;      // for how many bytes of control messages there is room
  int32_t control_length;    // how many came
  int32_t control_position;  // of the control message to decode next
  int32_t control_level;     // of the one last decoded
  int32_t control_type;
  int32_t control_data_offset;
  int32_t control_data_length;
  AddressFields from;                   // who sent, who connected, what getsockname said
  AddressFields to;                     // what EncodeAddress() shall encode
  alignas(8) sockaddr_storage address;  // the encoded `to`
  alignas(8) uint8_t small[kSmallSize];
  alignas(8) uint8_t control[kControlSize];  // the control messages received
  ReadyEvent ready[Poller::kMostEvents];     // what the engine tells
};

enum Mode : int32_t {
  kWithAddress = 1,    // send to `address`; fill `from` on receiving
  kOnce = 2,           // do not wait, whatever the timeout
  kKernelTimeout = 8,  // the socket has an SO_RCVTIMEO or SO_SNDTIMEO
  kFill = 4,           // MSG_WAITALL of a blocking stream: until `length` bytes are there
  kMessage = 16,       // TypeScript's own: recvmsg(2) shall make the receive
};

// An object of names and byte offsets for TypeScript.
Napi::Object MakeLayout(Napi::Env env);

}  // namespace berkeley
