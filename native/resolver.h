// What the look-ups share: a host as one address, and getaddrinfo(3)'s answers in their own memory.
#pragma once

#include <string>

#include "job.h"
#include "platform.h"

namespace berkeley {

// A code of getaddrinfo(3) or getnameinfo(3) as an outcome; errno, where it says EAI_SYSTEM, is
// still the call's.
Outcome GaiOutcome(int code);

// The answers of one getaddrinfo(3).
class AddressList {
 public:
  AddressList() = default;
  ~AddressList();
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;

  // Asks; nullptr is the absence of a host or a service.
  Outcome Ask(const char* host, const char* service, const addrinfo& hints);
  const addrinfo* first() const { return first_; }
  // The first answer's address.
  void CopyFirst(sockaddr_storage* address) const;

 private:
  addrinfo* first_ = nullptr;
};

// The host of a socket's address: '' is the wildcard, '<broadcast>' the broadcast address, anything
// else numeric or a name. AtOnce() handles all but names, without waiting; false: it is a name.
struct HostLookUp {
  std::string host;
  int family = AF_UNSPEC;
  sockaddr_storage address = {};

  bool AtOnce(Outcome* outcome);
  Outcome Run();
};

// The numeric host of an IPv4 or IPv6 address, without a scope; empty for another family.
std::string NumericHost(const sockaddr_storage& address);

}  // namespace berkeley
