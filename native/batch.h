// A batch of messages in memory that JavaScript owns: the data of all in one slab, and a record for
// each, which room for control messages follows. TypeScript learns the places from MakeLayout().
#pragma once

#include <cstdint>

#include "platform.h"

namespace berkeley {

struct BatchRecord {
  int32_t length;          // bytes; of a received message as the system tells it
  int32_t flags;           // of a received message
  int32_t address_length;  // of the sockaddr; 0: none
  int32_t control_length;  // bytes of control messages
  int32_t segment_size;  // of the datagrams that a received message was joined from; 0: it was not
  int32_t start;         // how many bytes a stream has taken of a message to send
  int32_t is_unsent;     // 1: to be sent
  int32_t unused;
  sockaddr_storage address;
};

// What a record and the room behind it are padded to.
constexpr size_t kBatchAlign = 8;

static_assert(sizeof(BatchRecord) % kBatchAlign == 0, "control messages follow");

}  // namespace berkeley
