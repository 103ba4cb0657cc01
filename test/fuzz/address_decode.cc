// Any bytes as a sockaddr that the kernel wrote. What is decoded of them and encoded again is
// decoded as the same.
#include "address.h"

using namespace berkeley;

namespace {

bool CanBeEncoded(const AddressFields& fields) {
  if (fields.family != AF_UNIX) return true;
  const bool is_name = kAbstractUnixNames && (fields.text_length == 0 || fields.text[0] == 0);
  const size_t length = static_cast<size_t>(fields.text_length) + (is_name ? 0 : 1);
  return length <= sizeof(sockaddr_un::sun_path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const AddressFields fields = fuzz::Decode(data, size);
  sockaddr_storage address;
  const int length = fuzz::Encode(fuzz::Encodable(fields), &address);
  if (CanBeEncoded(fields) && fields.text_length >= 0) FUZZ_EXPECT(length > 0);
  if (length < 0) return 0;
  FUZZ_EXPECT(fuzz::AreSame(fuzz::Decode(&address, static_cast<size_t>(length)), fields));
  return 0;
}
