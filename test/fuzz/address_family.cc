// Any bytes as an address of any family, read as those of a socket of any protocol. What is decoded
// of them and encoded again is decoded as the same.
#include "address.h"

using namespace berkeley;

namespace {

constexpr int32_t kMostProtocols = 9;

bool HaveSameValues(const AddressFields& one, const AddressFields& other) {
  return memcmp(one.values, other.values, sizeof(one.values)) == 0;
}

// What DecodeFamily() makes of a decoded address; all of `fields` is its where it is known.
// `filler` is what stands behind the address.
bool DecodeFurther(int32_t proto, uint8_t filler, AddressFields* fields) {
  memset(fields->values, 0, sizeof(fields->values));
  const size_t end = static_cast<size_t>(fields->text_length);
  memset(fields->text + end, filler, kTextSize - end);
  fuzz::ExactBlock block(fields, sizeof(*fields));
  auto& copy = block.as<AddressFields>();
  const bool is_known = DecodeFamily(proto, &copy);
  FUZZ_EXPECT(copy.text_length >= -1 && copy.text_length <= static_cast<int32_t>(kTextSize));
  if (!is_known) FUZZ_EXPECT(memcmp(&copy, fields, sizeof(copy)) == 0);
  *fields = copy;
  return is_known;
}

// Links may have longer addresses than a call takes.
bool CanBeEncoded(int result, const AddressFields& fields) {
  return result >= 0 || fields.text_length > 8;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const int32_t proto = input.Take<uint8_t>() % kMostProtocols;
  AddressFields fields = fuzz::Decode(input.data(), input.size());
  const bool is_usual =
      fields.family == AF_INET || fields.family == AF_INET6 || fields.family == AF_UNIX;
  if (is_usual || fields.text_length < 0) return 0;
  AddressFields other = fields;
  const bool is_known = DecodeFurther(proto, 0x00, &fields);
  FUZZ_EXPECT(DecodeFurther(proto, 0xff, &other) == is_known);
  FUZZ_EXPECT(fuzz::AreSame(fields, other) && HaveSameValues(fields, other));
  AddressFields given = fields;
  given.form = is_known ? proto : kRawForm;
  sockaddr_storage address;
  int length = fuzz::Encode(given, &address);
  // A protocol that has no addresses of its own comes out in the family's usual form.
  if (length == -EPROTONOSUPPORT) return 0;
  FUZZ_EXPECT(CanBeEncoded(length, fields));
  if (length < 0) return 0;
  AddressFields again = fuzz::Decode(&address, static_cast<size_t>(length));
  FUZZ_EXPECT(DecodeFurther(proto, 0x00, &again) == is_known);
  FUZZ_EXPECT(fuzz::AreSame(again, fields));
  FUZZ_EXPECT(HaveSameValues(again, fields));
  return 0;
}
