// What the encoders and decoders of all families share.
#pragma once

#include "address.h"

namespace berkeley {

// Where the family ends and the rest of an address begins.
constexpr size_t kFamilyEnd = offsetof(sockaddr_storage, ss_family) + sizeof(sa_family_t);

// Gives `fields` a text of so many bytes, of which kTextSize are kept.
void SetText(AddressFields* fields, const void* text, size_t length);

// The same for an address that is numbers alone: true, as what it ends is done.
inline bool WithoutText(AddressFields* fields) {
  fields->text_length = 0;
  return true;
}

// The text's length; nothing where there is no text or it is longer than `most`.
inline bool TextLength(const AddressFields& fields, size_t most, size_t* length) {
  if (fields.text_length < 0 || static_cast<size_t>(fields.text_length) > most) return false;
  *length = static_cast<size_t>(fields.text_length);
  return true;
}

// `Sockaddr` read from the first `length` bytes; what the kernel did not write is zero.
template <typename Sockaddr>
Sockaddr ReadSockaddr(const sockaddr_storage& address, size_t length) {
  Sockaddr result = {};
  memcpy(&result, &address, length < sizeof(result) ? length : sizeof(result));
  return result;
}

// The same of fields that DecodeAddress() has left raw.
template <typename Sockaddr>
Sockaddr ReadRaw(const AddressFields& fields) {
  sockaddr_storage address = {};
  size_t length = 0;
  TextLength(fields, sizeof(address) - kFamilyEnd, &length);
  memcpy(reinterpret_cast<uint8_t*>(&address) + kFamilyEnd, fields.text, length);
  SetFamily(&address, fields.family, kFamilyEnd + length);
  return ReadSockaddr<Sockaddr>(address, kFamilyEnd + length);
}

// `from` as what the kernel takes: its length.
template <typename Sockaddr>
int WriteSockaddr(const Sockaddr& from, int family, sockaddr_storage* address) {
  static_assert(sizeof(from) <= sizeof(*address), "there is room for every address");
  memcpy(address, &from, sizeof(from));
  SetFamily(address, family, sizeof(from));
  return static_cast<int>(sizeof(from));
}

}  // namespace berkeley
