// An address in fields: what native/ and TypeScript tell each other of a sockaddr. No Node-API.
#pragma once

#include <cstddef>
#include <cstdint>

namespace berkeley {

constexpr size_t kTextSize = 1088;  // a unix path or the text of a host; more than NI_MAXHOST

constexpr size_t kValueCount = 8;

// AddressFields::form where `text` is all of an address that comes after the family.
constexpr int32_t kRawForm = -1;

// An address in fields, as decoded from or to be encoded into a sockaddr.
struct AddressFields {
  int32_t family;
  int32_t port;
  int32_t flowinfo;
  int32_t scope_id;
  int32_t ipv4;         // in network order, as it stands in memory
  int32_t text_length;  // bytes of text; -1 where there is no address at all
  // For the families of linux/addresses.cc and darwin/addresses.cc, which say what each holds.
  int32_t form;  // to encode: the socket's protocol, which some addresses depend on; or kRawForm
  uint32_t values[kValueCount];
  uint8_t text[kTextSize];
};

}  // namespace berkeley
