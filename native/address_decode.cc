#include <algorithm>

#include "address_codec.h"

namespace berkeley {

namespace {

void DecodeInet(const sockaddr_storage& address, size_t length, AddressFields* fields) {
  const auto in = ReadSockaddr<sockaddr_in>(address, length);
  fields->port = ntohs(in.sin_port);
  memcpy(&fields->ipv4, &in.sin_addr, sizeof(fields->ipv4));
  fields->text_length = 0;  // TypeScript writes the host from `ipv4`
}

void DecodeInet6(const sockaddr_storage& address, size_t length, AddressFields* fields) {
  const auto in6 = ReadSockaddr<sockaddr_in6>(address, length);
  fields->port = ntohs(in6.sin6_port);
  fields->flowinfo = static_cast<int32_t>(ntohl(in6.sin6_flowinfo));
  fields->scope_id = static_cast<int32_t>(in6.sin6_scope_id);
  char host[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
  SetText(fields, host, strlen(host));
}

void DecodeUnix(const sockaddr_storage& address, size_t length, AddressFields* fields) {
  constexpr size_t kStart = offsetof(sockaddr_un, sun_path);
  const auto* path = reinterpret_cast<const char*>(&address) + kStart;
  if (length <= kStart) return SetText(fields, path, 0);
  const size_t size = length - kStart;
  const bool is_name = kAbstractUnixNames && path[0] == '\0';
  SetText(fields, path, is_name ? size : strnlen(path, size));
}

}  // namespace

void SetText(AddressFields* fields, const void* text, size_t length) {
  const size_t kept = std::min(length, kTextSize);
  memcpy(fields->text, text, kept);
  fields->text_length = static_cast<int32_t>(kept);
}

void DecodeAddress(const sockaddr_storage& address, socklen_t given_length, AddressFields* fields) {
  // The kernel reports a longer address than it wrote where the room was too small.
  const size_t length = std::min<size_t>(given_length, sizeof(address));
  fields->port = fields->flowinfo = fields->scope_id = fields->ipv4 = 0;
  if (length < kFamilyEnd) {
    fields->family = AF_UNSPEC;
    fields->text_length = -1;
    return;
  }
  fields->family = address.ss_family;
  switch (address.ss_family) {
    case AF_INET:
      return DecodeInet(address, length, fields);
    case AF_INET6:
      return DecodeInet6(address, length, fields);
    case AF_UNIX:
      return DecodeUnix(address, length, fields);
    default:
      return SetText(fields, reinterpret_cast<const uint8_t*>(&address) + kFamilyEnd,
                     length - kFamilyEnd);
  }
}

}  // namespace berkeley
