#include "control.h"

#include <algorithm>

namespace berkeley {

namespace {

// Padded to the next message; does not wrap, where `length` is that of memory.
constexpr size_t Aligned(size_t length) {
  return (length + kControlAlign - 1) / kControlAlign * kControlAlign;
}

static_assert(Aligned(kControlHeader) == kControlHeader, "messages begin where others end");
static_assert(kControlHeader >= sizeof(cmsghdr), "a header is read as a whole");
static_assert(Aligned(kControlHeader + 5) == CMSG_SPACE(5), "as the system pads them");

}  // namespace

bool DecodeControl(const uint8_t* block, size_t length, size_t* position, ControlMessage* message) {
  const size_t at = *position;
  if (at > length || length - at < kControlHeader) return false;
  cmsghdr header;
  memcpy(&header, block + at, sizeof(header));
  const size_t claimed = header.cmsg_len;
  if (claimed < kControlHeader) return false;
  const size_t room = length - at;
  message->level = header.cmsg_level;
  message->type = header.cmsg_type;
  message->offset = at + kControlHeader;
  message->length = std::min(claimed, room) - kControlHeader;
  *position = claimed < room ? at + std::min(Aligned(claimed), room) : length;
  return true;
}

bool EncodeControl(uint8_t* block, size_t size, size_t* position, int level, int type,
                   const uint8_t* data, size_t length) {
  const size_t at = *position;
  if (at > size || size - at < kControlHeader || length > size - at - kControlHeader) return false;
  const size_t end = at + Aligned(kControlHeader + length);
  if (end > size) return false;
  memset(block + at, 0, end - at);
  cmsghdr header = {};
  header.cmsg_len = static_cast<decltype(header.cmsg_len)>(kControlHeader + length);
  header.cmsg_level = level;
  header.cmsg_type = type;
  memcpy(block + at, &header, sizeof(header));
  if (length > 0) memcpy(block + at + kControlHeader, data, length);
  *position = end;
  return true;
}

bool HasDescriptors(const ControlMessage& message) {
  return message.level == SOL_SOCKET &&
         (message.type == SCM_RIGHTS || message.type == kPidDescriptor);
}

size_t RemoveDescriptors(uint8_t* block, size_t length) {
  size_t kept = 0;
  size_t position = 0;
  for (;;) {
    const size_t from = position;
    ControlMessage message;
    if (!DecodeControl(block, length, &position, &message)) return kept;
    if (HasDescriptors(message)) continue;
    memmove(block + kept, block + from, position - from);
    kept += position - from;
  }
}

}  // namespace berkeley
