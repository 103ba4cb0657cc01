// Any fields, as TypeScript might write them. Where they can be encoded, they are decoded as what
// they were.
#include "address.h"

using namespace berkeley;

namespace {

constexpr int32_t kFamilies[] = {AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC};
constexpr uint8_t kFamilyCount = sizeof(kFamilies) / sizeof(kFamilies[0]);

// A length of the text that is not that of the input's rest.
constexpr uint8_t kOwnLength = 0x80;

AddressFields FieldsOf(fuzz::Input input) {
  AddressFields fields = {};
  const uint8_t kind = input.Take<uint8_t>();
  fields.family = kFamilies[(kind & ~kOwnLength) % kFamilyCount];
  fields.port = input.Take<int32_t>();
  fields.flowinfo = input.Take<int32_t>();
  fields.scope_id = input.Take<int32_t>();
  const int32_t own_length = kind & kOwnLength ? input.Take<int32_t>() : 0;
  const size_t length = input.size() < kTextSize ? input.size() : kTextSize;
  if (length > 0) memcpy(fields.text, input.data(), length);
  fields.text_length = kind & kOwnLength ? own_length : static_cast<int32_t>(length);
  return fields;
}

void CheckUnix(const AddressFields& given, const AddressFields& decoded) {
  size_t length = static_cast<size_t>(given.text_length);
  // A path ends with its first NUL, which TypeScript lets nobody write.
  if (!kAbstractUnixNames || given.text[0] != 0) {
    length = strnlen(reinterpret_cast<const char*>(given.text), length);
  }
  FUZZ_EXPECT(static_cast<size_t>(decoded.text_length) == length);
  FUZZ_EXPECT(memcmp(decoded.text, given.text, length) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const AddressFields given = FieldsOf(fuzz::Input(data, size));
  sockaddr_storage address;
  const int length = fuzz::Encode(given, &address);
  if (length < 0) return 0;
  const AddressFields decoded = fuzz::Decode(&address, static_cast<size_t>(length));
  FUZZ_EXPECT(decoded.family == given.family);
  if (given.family == AF_UNIX) {
    CheckUnix(given, decoded);
  } else {
    FUZZ_EXPECT(decoded.port == (given.port & 0xffff));
  }
  if (given.family == AF_INET6) {
    FUZZ_EXPECT(decoded.flowinfo == given.flowinfo && decoded.scope_id == given.scope_id);
  }
  sockaddr_storage again;
  const int length_again = fuzz::Encode(fuzz::Encodable(decoded), &again);
  // But for what stood behind a path's first NUL.
  if (given.family != AF_UNIX) {
    FUZZ_EXPECT(length_again == length);
    FUZZ_EXPECT(memcmp(&again, &address, static_cast<size_t>(length)) == 0);
  }
  FUZZ_EXPECT(fuzz::AreSame(fuzz::Decode(&again, static_cast<size_t>(length_again)), decoded));
  return 0;
}
