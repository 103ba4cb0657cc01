// Socket addresses: from fields to a sockaddr and back. Pure functions of memory, no Node-API.
#pragma once

#include "address_fields.h"
#include "platform.h"

namespace berkeley {

// Encodes `fields` (family and what it takes; `text` is a numeric host or a unix path) into
// `address`. The length of the sockaddr; -ENOENT where the host is not numeric; -ENAMETOOLONG for
// a unix path over the system's limit; -EAFNOSUPPORT for a family it does not know.
int EncodeAddress(const AddressFields& fields, sockaddr_storage* address);

// Decodes what the kernel wrote. Reads no byte past `length`. `text` becomes the numeric host, the
// unix path, or, for a family it does not know, the raw bytes after the family. `text_length` is
// -1 where the kernel gave no address.
void DecodeAddress(const sockaddr_storage& address, socklen_t length, AddressFields* fields);

// Some systems keep a length byte in front of the family.
void SetFamily(sockaddr_storage* address, int family, size_t length);

}  // namespace berkeley
