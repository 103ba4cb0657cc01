// No function of this system's has an _r form: their answers stand in memory of the library's, so
// one look-up at a time, and a copy before the next.
#include "../hosts.h"

#include <mutex>

namespace berkeley {

namespace {

// Never destroyed: an abandoned look-up may hold one while the process exits. Two, so that a
// service is found while a name server keeps a host's look-up waiting.
std::mutex& HostMutex() {
  static std::mutex& mutex = *new std::mutex;
  return mutex;
}

std::mutex& DatabaseMutex() {
  static std::mutex& mutex = *new std::mutex;
  return mutex;
}

Outcome Take(const hostent* found, int family, HostEntry* entry) {
  if (found != nullptr) return CopyHost(*found, family, entry);
  if (h_errno <= 0) return {errno > 0 ? -errno : -EIO, 0};
  return {kHostFailure, h_errno};
}

}  // namespace

Outcome HostByName(const char* name, int family, HostEntry* entry) {
  const std::lock_guard<std::mutex> lock(HostMutex());
  return Take(gethostbyname(name), family, entry);
}

Outcome HostByAddress(const void* address, socklen_t length, int family, HostEntry* entry) {
  const std::lock_guard<std::mutex> lock(HostMutex());
  return Take(gethostbyaddr(address, length, family), family, entry);
}

int PortOfService(const char* name, const char* proto) {
  const std::lock_guard<std::mutex> lock(DatabaseMutex());
  const servent* found = getservbyname(name, proto);
  return found == nullptr ? -ENOENT : ntohs(static_cast<uint16_t>(found->s_port));
}

int ServiceOfPort(int port, const char* proto, std::string* name) {
  const std::lock_guard<std::mutex> lock(DatabaseMutex());
  const servent* found = getservbyport(htons(static_cast<uint16_t>(port)), proto);
  if (found == nullptr) return -ENOENT;
  *name = found->s_name;
  return 0;
}

int NumberOfProtocol(const char* name) {
  const std::lock_guard<std::mutex> lock(DatabaseMutex());
  const protoent* found = getprotobyname(name);
  return found == nullptr ? -ENOENT : found->p_proto;
}

}  // namespace berkeley
