#include "../hosts.h"

#ifndef __GLIBC__
#include <mutex>
#endif

namespace berkeley {

namespace {

// Beyond this an entry is taken for broken.
constexpr size_t kMostBytes = 1 << 20;

// Calls a function with a buffer that grows as long as it answers ERANGE. Its last answer.
template <typename Call>
int WithBuffer(std::vector<char>* buffer, Call call) {
  buffer->resize(1024);
  for (;;) {
    const int error = call(buffer->data(), buffer->size());
    if (error != ERANGE || buffer->size() >= kMostBytes) return error;
    buffer->resize(buffer->size() * 2);
  }
}

// `call(host, buffer, size, found, code)` is a gethostby..._r(3).
template <typename Call>
Outcome LookUp(int family, HostEntry* entry, Call call) {
  std::vector<char> buffer;
  hostent host = {};
  hostent* found = nullptr;
  int code = 0;
  const int error = WithBuffer(
      &buffer, [&](char* data, size_t size) { return call(&host, data, size, &found, &code); });
  if (found != nullptr) return CopyHost(*found, family, entry);
  // NETDB_INTERNAL and NETDB_SUCCESS, neither above 0: no resolver's answer, but an error here.
  if (code <= 0) return {error > 0 ? -error : -EIO, 0};
  return {kHostFailure, code};
}

}  // namespace

Outcome HostByName(const char* name, int family, HostEntry* entry) {
  return LookUp(family, entry,
                [&](hostent* host, char* data, size_t size, hostent** found, int* code) {
                  return gethostbyname_r(name, host, data, size, found, code);
                });
}

Outcome HostByAddress(const void* address, socklen_t length, int family, HostEntry* entry) {
  return LookUp(family, entry,
                [&](hostent* host, char* data, size_t size, hostent** found, int* code) {
                  return gethostbyaddr_r(address, length, family, host, data, size, found, code);
                });
}

int PortOfService(const char* name, const char* proto) {
  std::vector<char> buffer;
  servent service;
  servent* found = nullptr;
  WithBuffer(&buffer, [&](char* data, size_t size) {
    return getservbyname_r(name, proto, &service, data, size, &found);
  });
  return found == nullptr ? -ENOENT : ntohs(static_cast<uint16_t>(found->s_port));
}

int ServiceOfPort(int port, const char* proto, std::string* name) {
  std::vector<char> buffer;
  servent service;
  servent* found = nullptr;
  const int network_port = htons(static_cast<uint16_t>(port));
  WithBuffer(&buffer, [&](char* data, size_t size) {
    return getservbyport_r(network_port, proto, &service, data, size, &found);
  });
  if (found == nullptr) return -ENOENT;
  *name = found->s_name;
  return 0;
}

#ifdef __GLIBC__
int NumberOfProtocol(const char* name) {
  std::vector<char> buffer;
  protoent protocol;
  protoent* found = nullptr;
  WithBuffer(&buffer, [&](char* data, size_t size) {
    return getprotobyname_r(name, &protocol, data, size, &found);
  });
  return found == nullptr ? -ENOENT : found->p_proto;
}
#else
// musl has a table of its own and no _r form.
int NumberOfProtocol(const char* name) {
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  const protoent* found = getprotobyname(name);
  return found == nullptr ? -ENOENT : found->p_proto;
}
#endif

}  // namespace berkeley
