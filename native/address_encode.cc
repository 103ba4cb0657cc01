#include "address_codec.h"
#include "syscall.h"

namespace berkeley {

namespace {

bool ReadHost(const AddressFields& fields, char (&host)[INET6_ADDRSTRLEN]) {
  if (fields.text_length < 0 || static_cast<size_t>(fields.text_length) >= sizeof(host)) {
    return false;
  }
  memcpy(host, fields.text, static_cast<size_t>(fields.text_length));
  host[fields.text_length] = '\0';
  return true;
}

int EncodeInet(const AddressFields& fields, sockaddr_storage* address) {
  sockaddr_in in = {};
  char host[INET6_ADDRSTRLEN];
  if (!ReadHost(fields, host) || inet_pton(AF_INET, host, &in.sin_addr) != 1) return -ENOENT;
  in.sin_port = htons(static_cast<uint16_t>(fields.port));
  memcpy(address, &in, sizeof(in));
  SetFamily(address, AF_INET, sizeof(in));
  return sizeof(in);
}

int EncodeInet6(const AddressFields& fields, sockaddr_storage* address) {
  sockaddr_in6 in6 = {};
  char host[INET6_ADDRSTRLEN];
  if (!ReadHost(fields, host) || inet_pton(AF_INET6, host, &in6.sin6_addr) != 1) return -ENOENT;
  in6.sin6_port = htons(static_cast<uint16_t>(fields.port));
  in6.sin6_flowinfo = htonl(static_cast<uint32_t>(fields.flowinfo));
  in6.sin6_scope_id = static_cast<uint32_t>(fields.scope_id);
  memcpy(address, &in6, sizeof(in6));
  SetFamily(address, AF_INET6, sizeof(in6));
  return sizeof(in6);
}

int EncodeUnix(const AddressFields& fields, sockaddr_storage* address) {
  sockaddr_un un = {};
  if (fields.text_length < 0) return kBadCall;
  const size_t length = static_cast<size_t>(fields.text_length);
  // An abstract name is counted; a path ends with a NUL that needs its place.
  const bool is_name = kAbstractUnixNames && (length == 0 || fields.text[0] == 0);
  if (length + (is_name ? 0 : 1) > sizeof(un.sun_path)) return -ENAMETOOLONG;
  memcpy(un.sun_path, fields.text, length);
  memcpy(address, &un, sizeof(un));
  const size_t total = offsetof(sockaddr_un, sun_path) + length + (is_name ? 0 : 1);
  SetFamily(address, AF_UNIX, total);
  return static_cast<int>(total);
}

// All that comes after the family, as it is.
int EncodeRaw(const AddressFields& fields, sockaddr_storage* address) {
  if (fields.text_length < 0) return kBadCall;
  const size_t length = static_cast<size_t>(fields.text_length);
  if (length > sizeof(*address) - kFamilyEnd) return -EINVAL;
  memset(address, 0, sizeof(*address));
  memcpy(reinterpret_cast<uint8_t*>(address) + kFamilyEnd, fields.text, length);
  SetFamily(address, fields.family, kFamilyEnd + length);
  return static_cast<int>(kFamilyEnd + length);
}

}  // namespace

#ifdef SIN6_LEN  // the mark of a BSD: every sockaddr begins with its length
void SetFamily(sockaddr_storage* address, int family, size_t length) {
  address->ss_len = static_cast<uint8_t>(length);
  address->ss_family = static_cast<sa_family_t>(family);
}
#else
void SetFamily(sockaddr_storage* address, int family, size_t) {
  address->ss_family = static_cast<sa_family_t>(family);
}
#endif

int EncodeAddress(const AddressFields& fields, sockaddr_storage* address) {
  switch (fields.family) {
    case AF_INET:
      return EncodeInet(fields, address);
    case AF_INET6:
      return EncodeInet6(fields, address);
    case AF_UNIX:
      return EncodeUnix(fields, address);
    default:
      return fields.form == kRawForm ? EncodeRaw(fields, address) : EncodeFamily(fields, address);
  }
}

}  // namespace berkeley
