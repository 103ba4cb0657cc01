// Control messages (ancillary data, cmsg(3)): one at a time in and out of a block of memory. Pure
// functions of memory, no Node-API.
#pragma once

#include <cstddef>
#include <cstdint>

#include "platform.h"

namespace berkeley {

// CMSG_LEN(0): where the data of a control message begins.
constexpr size_t kControlHeader = CMSG_LEN(0);
// What each message is padded to: CMSG_SPACE(n) is a multiple of it.
constexpr size_t kControlAlign = CMSG_SPACE(1) - CMSG_LEN(0);

struct ControlMessage {
  int level;
  int type;
  size_t offset;  // of the data in the block
  size_t length;  // of the data, as much as is in the block
};

// Decodes the message at `*position` of a block of `length` bytes, and moves on to the next one.
// False where there is none, or none that makes sense. Of a message that claims to be longer than
// the block, what is there is told. Whatever stands in the block, nothing past its end is read.
bool DecodeControl(const uint8_t* block, size_t length, size_t* position, ControlMessage* message);

// Writes a message at `*position` of a block of `size` bytes, which overlaps no data, and moves on:
// CMSG_SPACE(length) bytes. False, and nothing is written, where it does not fit.
bool EncodeControl(uint8_t* block, size_t size, size_t* position, int level, int type,
                   const uint8_t* data, size_t length);

// Whether the data of a message is descriptors that the kernel made for the receiver.
bool HasDescriptors(const ControlMessage& message);

// Takes the messages that pass descriptors out of a block, in place: what remains of it, bytes.
size_t RemoveDescriptors(uint8_t* block, size_t length);

}  // namespace berkeley
