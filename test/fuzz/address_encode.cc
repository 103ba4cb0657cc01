// Any fields, as TypeScript might write them. Where they can be encoded, they are decoded as what
// they were.
#include <iterator>

#include "families.h"

using namespace berkeley;

namespace {

constexpr int32_t kFamilies[] = {AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC};
constexpr size_t kFamilyCount = std::size(kFamilies);
constexpr size_t kSystemFamilyCount = std::size(fuzz::kSystemFamilies);

// A length of the text that is not that of the input's rest.
constexpr uint8_t kOwnLength = 0x80;

AddressFields FieldsOf(fuzz::Input input) {
  AddressFields fields = {};
  const uint8_t kind = input.Take<uint8_t>();
  const size_t index =
      static_cast<size_t>(kind & ~kOwnLength) % (kFamilyCount + kSystemFamilyCount);
  const bool is_of_system = index >= kFamilyCount;
  fields.family = is_of_system ? fuzz::kSystemFamilies[index - kFamilyCount] : kFamilies[index];
  if (is_of_system) {
    fields.form = input.Take<int8_t>();
    for (int i = 0; i < 5; i++) fields.values[i] = input.Take<uint32_t>();
  }
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

// Of a family of the system's.
void CheckSystem(const AddressFields& given, const sockaddr_storage& address, int length) {
  AddressFields decoded = fuzz::Decode(&address, static_cast<size_t>(length));
  memset(decoded.values, 0, sizeof(decoded.values));
  decoded.form = given.form;
  FUZZ_EXPECT(decoded.family == given.family);
  FUZZ_EXPECT(DecodeFamily(given.form, &decoded));
  const AddressFields expected = fuzz::Expected(given);
  FUZZ_EXPECT(memcmp(decoded.values, expected.values, sizeof(expected.values)) == 0);
  if (!fuzz::HasText(given)) return;
  FUZZ_EXPECT(decoded.text_length == expected.text_length);
  const size_t text_length = static_cast<size_t>(expected.text_length);
  FUZZ_EXPECT(memcmp(decoded.text, expected.text, text_length) == 0);
}

bool IsRaw(const AddressFields& fields) {
  return fields.form == kRawForm && fields.family != AF_INET && fields.family != AF_INET6 &&
         fields.family != AF_UNIX;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const AddressFields given = FieldsOf(fuzz::Input(data, size));
  sockaddr_storage address;
  const int length = fuzz::Encode(given, &address);
  if (length < 0) return 0;
  const bool is_portable =
      given.family == AF_INET || given.family == AF_INET6 || given.family == AF_UNIX;
  if (!is_portable && !IsRaw(given)) {
    CheckSystem(given, address, length);
    return 0;
  }
  const AddressFields decoded = fuzz::Decode(&address, static_cast<size_t>(length));
  FUZZ_EXPECT(decoded.family == given.family);
  if (IsRaw(given)) {
    FUZZ_EXPECT(fuzz::AreSame(decoded, fuzz::RawOf(given)));
    return 0;
  }
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
