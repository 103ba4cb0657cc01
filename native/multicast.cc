// Membership in multicast groups: setsockopt(2) with the structures of ip(7), ipv6(7) and RFC 3678,
// whose layouts differ from system to system.
#include "exports.h"
#include "address.h"
#include "arguments.h"
#include "platform.h"

namespace berkeley {

namespace {

// What a call asks for, as TypeScript counts it.
constexpr int32_t kActions = 4;

// By action: join, leave, block a source, unblock it. 0 = there is no such option.
constexpr int kInet[kActions] = {IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, 0, 0};
constexpr int kInetSource[kActions] = {IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP,
                                       IP_BLOCK_SOURCE, IP_UNBLOCK_SOURCE};
constexpr int kInet6[kActions] = {IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP, 0, 0};
constexpr int kAnySource[kActions] = {MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP,
                                      MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE};

// The bytes of numeric addresses, empty where there is none.
struct Membership {
  int32_t fd;
  int32_t action;
  Bytes group;
  Bytes source;
  int32_t index;
  Bytes address;

  bool Read(const Arguments& arguments) {
    group = arguments.View(2);
    source = arguments.View(3);
    address = arguments.View(5);
    return arguments.Int32(0, &fd) && arguments.Int32(1, &action) && arguments.Int32(4, &index) &&
           action >= 0 && action < kActions && (Is(group, 4) || Is(group, 16)) &&
           (Is(source, 0) || Is(source, group.length)) && (Is(address, 0) || Is(address, 4));
  }

  static bool Is(const Bytes& bytes, size_t length) { return bytes.ok && bytes.length == length; }

  template <typename Request>
  int Set(int level, int option, const Request& request) const {
    if (option == 0) return kBadCall;
    return Checked([&] { return setsockopt(fd, level, option, &request, sizeof(request)); });
  }
};

void Copy(const Bytes& bytes, void* to) {
  if (bytes.length > 0) memcpy(to, bytes.data, bytes.length);
}

void ToSockaddr(const Bytes& bytes, sockaddr_storage* to) {
  if (bytes.length == sizeof(in_addr)) {
    sockaddr_in in = {};
    Copy(bytes, &in.sin_addr);
    memcpy(to, &in, sizeof(in));
    SetFamily(to, AF_INET, sizeof(in));
  } else {
    sockaddr_in6 in6 = {};
    Copy(bytes, &in6.sin6_addr);
    memcpy(to, &in6, sizeof(in6));
    SetFamily(to, AF_INET6, sizeof(in6));
  }
}

int SetAnySource(const Membership& membership) {
  group_source_req request = {};
  request.gsr_interface = static_cast<uint32_t>(membership.index);
  // Through aligned copies: some systems pack the structure.
  sockaddr_storage group = {}, source = {};
  ToSockaddr(membership.group, &group);
  ToSockaddr(membership.source, &source);
  memcpy(&request.gsr_group, &group, sizeof(group));
  memcpy(&request.gsr_source, &source, sizeof(source));
  const int level = membership.group.length == sizeof(in_addr) ? IPPROTO_IP : IPPROTO_IPV6;
  return membership.Set(level, kAnySource[membership.action], request);
}

int SetInet(const Membership& membership) {
  if (membership.source.length == 0) {
    ip_mreqn request = {};
    Copy(membership.group, &request.imr_multiaddr);
    Copy(membership.address, &request.imr_address);
    request.imr_ifindex = membership.index;
    return membership.Set(IPPROTO_IP, kInet[membership.action], request);
  }
  // The structure with an address for the interface has no place for an index.
  if (membership.index != 0) return SetAnySource(membership);
  ip_mreq_source request = {};
  Copy(membership.group, &request.imr_multiaddr);
  Copy(membership.source, &request.imr_sourceaddr);
  Copy(membership.address, &request.imr_interface);
  return membership.Set(IPPROTO_IP, kInetSource[membership.action], request);
}

int SetInet6(const Membership& membership) {
  if (membership.source.length > 0) return SetAnySource(membership);
  ipv6_mreq request = {};
  Copy(membership.group, &request.ipv6mr_multiaddr);
  request.ipv6mr_interface = static_cast<unsigned>(membership.index);
  return membership.Set(IPPROTO_IPV6, kInet6[membership.action], request);
}

// (fd, action, group, source, index, address): 0 or -errno. An index of 0 and no address leave the
// interface to the kernel.
int SetMembership(Arguments& arguments) {
  Membership membership;
  if (!membership.Read(arguments)) return kBadCall;
  return membership.group.length == sizeof(in_addr) ? SetInet(membership) : SetInet6(membership);
}

}  // namespace

void AddMulticast(Exports& exports) { exports.Add<SetMembership>("setMembership"); }

}  // namespace berkeley
