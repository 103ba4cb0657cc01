// The host, service and protocol databases, safe to ask from any thread: one set of names, an
// implementation per system in linux/ and darwin/, chosen by the build.
#pragma once

#include <string>
#include <vector>

#include "job.h"
#include "platform.h"

namespace berkeley {

struct HostEntry {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<std::string> addresses;  // numeric
};

// gethostbyname(3). kHostFailure with the h_errno, or -errno; -EAFNOSUPPORT where the answer is not
// of `family`.
Outcome HostByName(const char* name, int family, HostEntry* entry);
// gethostbyaddr(3), of an in_addr or in6_addr.
Outcome HostByAddress(const void* address, socklen_t length, int family, HostEntry* entry);

// getservbyname(3) and getservbyport(3): a port in host order, or -ENOENT; every protocol where
// `proto` is nullptr.
int PortOfService(const char* name, const char* proto);
int ServiceOfPort(int port, const char* proto, std::string* name);
// getprotobyname(3): the protocol's number, or -ENOENT.
int NumberOfProtocol(const char* name);

// Copies what a look-up answered, which is gone after the next one.
Outcome CopyHost(const hostent& host, int family, HostEntry* entry);

}  // namespace berkeley
