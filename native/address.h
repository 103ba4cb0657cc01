// Socket addresses: from fields to a sockaddr and back. Pure functions of memory, no Node-API.
#pragma once

#include "address_fields.h"
#include "platform.h"

namespace berkeley {

// Encodes `fields` (family and what it takes; `text` is a numeric host or a unix path) into
// `address`. The length of the sockaddr; -ENOENT where the host is not numeric; -ENAMETOOLONG for
// a unix path over the system's limit; -EAFNOSUPPORT for a family it does not know.
int EncodeAddress(const AddressFields& fields, sockaddr_storage* address);

// EncodeAddress() for the families that one system has or whose form depends on the protocol,
// `form`; -EPROTONOSUPPORT where it knows none for that, -EINVAL for what is malformed or too long.
int EncodeFamily(const AddressFields& fields, sockaddr_storage* address);

// Decodes what the kernel wrote. Reads no byte past `length`. `text` becomes the numeric host, the
// unix path, or, for a family it does not know, the raw bytes after the family. `text_length` is
// -1 where the kernel gave no address.
void DecodeAddress(const sockaddr_storage& address, socklen_t length, AddressFields* fields);

// Decodes further what DecodeAddress() has left raw, as the address of a socket of that protocol:
// true, and `values` and `text` are as EncodeFamily() takes them. False, and nothing is changed,
// where it knows no form for it.
bool DecodeFamily(int32_t proto, AddressFields* fields);

// Some systems keep a length byte in front of the family.
void SetFamily(sockaddr_storage* address, int family, size_t length);

}  // namespace berkeley
