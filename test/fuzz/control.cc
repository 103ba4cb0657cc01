// Control messages: arbitrary bytes as a block of them, and messages written into a block of any
// size, which must be read as what they were.
#include "../../native/control.h"

#include <vector>

#include "fuzz.h"

using namespace berkeley;

namespace {

using fuzz::ExactBlock;
using fuzz::Input;

struct Written {
  int level;
  int type;
  const uint8_t* data;
  size_t length;
};

// What a decoder must never do, whatever stands in the block.
void CheckHostile(const uint8_t* data, size_t size) {
  ExactBlock block(data, size);
  size_t position = 0;
  size_t count = 0;
  ControlMessage message;
  for (;;) {
    const size_t before = position;
    if (!DecodeControl(block.bytes(), size, &position, &message)) break;
    // It moves on, and no further than the end.
    FUZZ_EXPECT(position > before && position <= size);
    FUZZ_EXPECT(message.offset >= before + kControlHeader && message.offset <= size);
    FUZZ_EXPECT(message.length <= size - message.offset);
    // All of it can be read.
    const ExactBlock copy(block.bytes() + message.offset, message.length);
    count++;
  }
  FUZZ_EXPECT(count <= size / kControlHeader);
  // A position that is past the end is no message.
  size_t past = size + 1;
  FUZZ_EXPECT(!DecodeControl(block.bytes(), size, &past, &message));
}

// Descriptors are taken out, and everything else stays as it was, in its order.
void CheckRemoval(const uint8_t* data, size_t size) {
  ExactBlock before(data, size);
  ExactBlock after(data, size);
  const size_t kept = RemoveDescriptors(after.bytes(), size);
  FUZZ_EXPECT(kept <= size);
  size_t at = 0;
  size_t at_kept = 0;
  ControlMessage one;
  ControlMessage other;
  while (DecodeControl(before.bytes(), size, &at, &one)) {
    if (HasDescriptors(one)) continue;
    FUZZ_EXPECT(DecodeControl(after.bytes(), kept, &at_kept, &other));
    FUZZ_EXPECT(other.level == one.level && other.type == one.type && other.length == one.length);
    FUZZ_EXPECT(memcmp(before.bytes() + one.offset, after.bytes() + other.offset, one.length) == 0);
  }
  FUZZ_EXPECT(!DecodeControl(after.bytes(), kept, &at_kept, &other));
}

// Writes messages that the input tells into a block whose size it tells, and reads them.
void CheckRoundTrip(Input input) {
  const size_t size = input.Take<uint16_t>() % 300;
  ExactBlock block(size, 0xff);
  std::vector<Written> written;
  size_t position = 0;
  while (input.size() > 0) {
    const int level = input.Take<int16_t>();
    const int type = input.Take<int16_t>();
    const size_t asked = input.Take<uint8_t>();
    const size_t length = asked < input.size() ? asked : input.size();
    const size_t before = position;
    // From a block of its own, of which no byte more may be read.
    ExactBlock data(input.data(), length);
    const bool fits =
        EncodeControl(block.bytes(), size, &position, level, type, data.bytes(), length);
    FUZZ_EXPECT(fits == (before + CMSG_SPACE(length) <= size));
    FUZZ_EXPECT(position == before + (fits ? CMSG_SPACE(length) : 0));
    // What it is padded with tells nothing of what was in memory before.
    for (size_t i = before + CMSG_LEN(length); i < position; i++) {
      FUZZ_EXPECT(block.bytes()[i] == 0);
    }
    if (fits) written.push_back({level, type, input.data(), length});
    input.Skip(length);
  }
  size_t at = 0;
  ControlMessage message;
  for (const Written& each : written) {
    FUZZ_EXPECT(DecodeControl(block.bytes(), position, &at, &message));
    FUZZ_EXPECT(message.level == each.level && message.type == each.type);
    FUZZ_EXPECT(message.length == each.length);
    if (each.length > 0) {
      FUZZ_EXPECT(memcmp(block.bytes() + message.offset, each.data, each.length) == 0);
    }
  }
  FUZZ_EXPECT(at == position && !DecodeControl(block.bytes(), position, &at, &message));
  // The system's own macros read the same.
  msghdr header = {};
  header.msg_control = position > 0 ? block.bytes() : nullptr;
  header.msg_controllen = static_cast<decltype(header.msg_controllen)>(position);
  size_t index = 0;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    FUZZ_EXPECT(index < written.size());
    FUZZ_EXPECT(each->cmsg_level == written[index].level && each->cmsg_type == written[index].type);
    FUZZ_EXPECT(each->cmsg_len == CMSG_LEN(written[index].length));
    index++;
  }
  FUZZ_EXPECT(index == written.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckHostile(data, size);
  CheckRemoval(data, size);
  CheckRoundTrip(Input(data, size));
  return 0;
}
