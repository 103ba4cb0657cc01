// What the targets of addresses share.
#pragma once

#include "../../native/address.h"
#include "fuzz.h"

namespace berkeley::fuzz {

inline bool AreSame(const AddressFields& one, const AddressFields& other) {
  if (one.text_length != other.text_length) return false;
  const bool has_text = one.text_length > 0;
  if (has_text && memcmp(one.text, other.text, static_cast<size_t>(one.text_length)) != 0) {
    return false;
  }
  return one.family == other.family && one.port == other.port && one.flowinfo == other.flowinfo &&
         one.scope_id == other.scope_id && one.ipv4 == other.ipv4;
}

// Decodes `length` bytes that nothing follows, and checks what holds of every answer.
inline AddressFields Decode(const void* sockaddr, size_t length) {
  const size_t there = length < sizeof(sockaddr_storage) ? length : sizeof(sockaddr_storage);
  ExactBlock block(sockaddr, there);
  const auto& address = block.as<const sockaddr_storage>();
  // Fields that held something else before.
  ExactBlock one(sizeof(AddressFields), 0x00);
  ExactBlock other(sizeof(AddressFields), 0xff);
  DecodeAddress(address, static_cast<socklen_t>(length), &one.as<AddressFields>());
  DecodeAddress(address, static_cast<socklen_t>(length), &other.as<AddressFields>());
  const AddressFields& fields = one.as<AddressFields>();
  FUZZ_EXPECT(fields.text_length >= -1 && fields.text_length <= static_cast<int32_t>(kTextSize));
  FUZZ_EXPECT(AreSame(fields, other.as<AddressFields>()));
  return fields;
}

// Encodes into memory that held something else, of which nothing may be left in the sockaddr.
// The result of EncodeAddress().
inline int Encode(const AddressFields& fields, sockaddr_storage* address) {
  ExactBlock given(&fields, sizeof(fields));
  ExactBlock one(sizeof(sockaddr_storage), 0x00);
  ExactBlock other(sizeof(sockaddr_storage), 0xff);
  const int length = EncodeAddress(given.as<AddressFields>(), &one.as<sockaddr_storage>());
  FUZZ_EXPECT(length == EncodeAddress(given.as<AddressFields>(), &other.as<sockaddr_storage>()));
  if (length >= 0) {
    FUZZ_EXPECT(static_cast<size_t>(length) <= sizeof(sockaddr_storage));
    FUZZ_EXPECT(memcmp(one.bytes(), other.bytes(), static_cast<size_t>(length)) == 0);
  }
  memcpy(address, one.bytes(), sizeof(*address));
  return length;
}

// What a raw address has of its fields.
inline AddressFields RawOf(const AddressFields& given) {
  AddressFields raw = {};
  raw.family = given.family;
  raw.text_length = given.text_length;
  memcpy(raw.text, given.text, kTextSize);
  return raw;
}

// Decoded fields as they are encoded again: TypeScript writes the host of an IPv4 address, and what
// was not decoded further goes in as it came out.
inline AddressFields Encodable(AddressFields fields) {
  fields.form = kRawForm;
  if (fields.family == AF_INET) {
    auto* text = reinterpret_cast<char*>(fields.text);
    inet_ntop(AF_INET, &fields.ipv4, text, INET_ADDRSTRLEN);
    fields.text_length = static_cast<int32_t>(strlen(text));
  }
  return fields;
}

}  // namespace berkeley::fuzz
