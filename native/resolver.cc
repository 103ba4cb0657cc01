// getaddrinfo(3), getnameinfo(3).
#include "resolver.h"

#include <algorithm>

#include "address.h"
#include "exports.h"

namespace berkeley {

namespace {

// Whether a question with AI_NUMERICHOST failed because the host is a name. Any other failure (of
// the service, the family, the flags) is the same for a name.
bool MayBeName(const Outcome& outcome) {
  return outcome.result == kGaiFailure && outcome.code == EAI_NONAME;
}

class GetAddrInfo : public Job {
 public:
  // (host | null, service | null, family, type, proto, flags)
  static std::shared_ptr<Job> Make(Arguments& arguments) {
    auto job = std::make_shared<GetAddrInfo>();
    addrinfo& hints = job->hints_;
    if (!ReadOptionalText(arguments, 0, &job->host_, &job->has_host_) ||
        !ReadOptionalText(arguments, 1, &job->service_, &job->has_service_) ||
        !arguments.Int32(2, &hints.ai_family) || !arguments.Int32(3, &hints.ai_socktype) ||
        !arguments.Int32(4, &hints.ai_protocol) || !arguments.Int32(5, &hints.ai_flags)) {
      return nullptr;
    }
    return job;
  }

 protected:
  bool RunAtOnce(Outcome* outcome) override {
    if (!has_host_) {
      *outcome = Run();
      return true;
    }
    addrinfo numeric = hints_;
    numeric.ai_flags |= AI_NUMERICHOST;
    *outcome = Ask(numeric);
    return !MayBeName(*outcome);
  }

  Outcome Run() override { return Ask(hints_); }

  napi_value Result(Environment& environment) override {
    const napi_env env = environment.env();
    const napi_value list = MakeList(env, {});
    size_t index = 0;
    for (const addrinfo* entry = list_.first(); entry != nullptr; entry = entry->ai_next) {
      const char* name = entry->ai_canonname;
      const napi_value item = MakeList(
          env, {MakeNumber(env, entry->ai_family), MakeNumber(env, entry->ai_socktype),
                MakeNumber(env, entry->ai_protocol), MakeText(env, name == nullptr ? "" : name),
                MakeBytes(env, entry->ai_addr, entry->ai_addrlen)});
      SetItem(env, list, index++, item);
    }
    return list;
  }

 private:
  Outcome Ask(const addrinfo& hints) {
    return list_.Ask(has_host_ ? host_.c_str() : nullptr, has_service_ ? service_.c_str() : nullptr,
                     hints);
  }

  std::string host_;
  std::string service_;
  bool has_host_ = false;
  bool has_service_ = false;
  addrinfo hints_ = {};
  AddressList list_;
};

class GetNameInfo : public Job {
 public:
  // (host, port as text, flowinfo, scopeId, how many fields the sockaddr has, flags)
  static std::shared_ptr<Job> Make(Arguments& arguments) {
    auto job = std::make_shared<GetNameInfo>();
    double flowinfo, scope_id;
    if (!ReadText(arguments, 0, &job->host_) || !ReadText(arguments, 1, &job->port_) ||
        !arguments.Double(2, &flowinfo) || !arguments.Double(3, &scope_id) ||
        !arguments.Int32(4, &job->fields_) || !arguments.Int32(5, &job->flags_)) {
      return nullptr;
    }
    job->flowinfo_ = static_cast<uint32_t>(flowinfo);
    job->scope_id_ = static_cast<uint32_t>(scope_id);
    return job;
  }

 protected:
  bool RunAtOnce(Outcome* outcome) override {
    *outcome = MakeAddress();
    if (outcome->result != 0) return true;
    if ((flags_ & NI_NUMERICHOST) == 0) return false;
    *outcome = Run();
    return true;
  }

  Outcome Run() override {
    return GaiOutcome(getnameinfo(reinterpret_cast<const sockaddr*>(&address_), length_, name_,
                                  sizeof(name_), service_, sizeof(service_), flags_));
  }

  napi_value Result(Environment& environment) override {
    const napi_env env = environment.env();
    return MakeList(env, {MakeText(env, name_), MakeText(env, service_)});
  }

 private:
  // Only numeric hosts are taken, and only those that stand for one address.
  Outcome MakeAddress() {
    addrinfo hints = {};
    hints.ai_socktype = SOCK_DGRAM;  // any one type: otherwise each address comes once for each
    hints.ai_flags = AI_NUMERICHOST;
    AddressList list;
    const Outcome outcome = list.Ask(host_.c_str(), port_.c_str(), hints);
    if (outcome.result != 0) return outcome;
    if (list.first()->ai_next != nullptr) return {-EINVAL, 0};
    list.CopyFirst(&address_);
    length_ = static_cast<socklen_t>(list.first()->ai_addrlen);
    if (address_.ss_family == AF_INET && fields_ != 2) return {-EINVAL, 0};
    if (address_.ss_family == AF_INET6) {
      auto* in6 = reinterpret_cast<sockaddr_in6*>(&address_);
      in6->sin6_flowinfo = htonl(flowinfo_);
      in6->sin6_scope_id = scope_id_;
    }
    return {};
  }

  std::string host_;
  std::string port_;
  uint32_t flowinfo_ = 0;
  uint32_t scope_id_ = 0;
  int32_t fields_ = 0;
  int32_t flags_ = 0;
  sockaddr_storage address_ = {};
  socklen_t length_ = 0;
  char name_[NI_MAXHOST] = "";
  char service_[NI_MAXSERV] = "";
};

class ResolveHost : public Job {
 public:
  // (host, family): the host's numeric text and scope id into the shared `to`.
  static std::shared_ptr<Job> Make(Arguments& arguments) {
    auto job = std::make_shared<ResolveHost>();
    if (!ReadText(arguments, 0, &job->look_up_.host) ||
        !arguments.Int32(1, &job->look_up_.family)) {
      return nullptr;
    }
    return job;
  }

 protected:
  bool RunAtOnce(Outcome* outcome) override { return look_up_.AtOnce(outcome); }
  Outcome Run() override { return look_up_.Run(); }

  napi_value Result(Environment& environment) override {
    const sockaddr_storage& address = look_up_.address;
    const std::string text = NumericHost(address);
    if (text.empty()) return MakeNumber(environment.env(), -EAFNOSUPPORT);
    AddressFields& to = environment.shared().to;
    memcpy(to.text, text.data(), text.size());
    to.text_length = static_cast<int32_t>(text.size());
    to.scope_id = 0;
    if (address.ss_family == AF_INET6) {
      const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address);
      to.scope_id = static_cast<int32_t>(in6->sin6_scope_id);
    }
    return MakeNumber(environment.env(), 0);
  }

 private:
  HostLookUp look_up_;
};

// DecodeAddress() of the bytes of a sockaddr into the shared `from`: 0.
int Decode(Environment& environment, napi_value view) {
  const Bytes bytes = ReadBytes(environment.env(), view);
  if (!bytes.ok) return kBadCall;
  sockaddr_storage address = {};
  const size_t length = std::min(bytes.length, sizeof(address));
  if (length > 0) memcpy(&address, bytes.data, length);
  DecodeAddress(address, static_cast<socklen_t>(length), &environment.shared().from);
  return 0;
}

// (protocol): DecodeFamily() of the shared `from`.
int Further(Arguments& arguments) {
  int32_t proto;
  if (!arguments.Int32(0, &proto)) return kBadCall;
  return DecodeFamily(proto, &arguments.environment().shared().from) ? 1 : 0;
}

}  // namespace

Outcome GaiOutcome(int code) {
  if (code == 0) return {};
  if (code == EAI_SYSTEM && errno != 0) return {-errno, 0};
  return {kGaiFailure, code};
}

AddressList::~AddressList() {
  if (first_ != nullptr) freeaddrinfo(first_);
}

Outcome AddressList::Ask(const char* host, const char* service, const addrinfo& hints) {
  addrinfo* first = nullptr;
  errno = 0;
  const Outcome outcome = GaiOutcome(getaddrinfo(host, service, &hints, &first));
  if (outcome.result == 0) first_ = first;
  return outcome;
}

void AddressList::CopyFirst(sockaddr_storage* address) const {
  memcpy(address, first_->ai_addr, std::min<size_t>(first_->ai_addrlen, sizeof(*address)));
}

bool HostLookUp::AtOnce(Outcome* outcome) {
  if (host == "<broadcast>") {
    // A name on no system: CPython's own.
    if (family != AF_INET && family != AF_UNSPEC) {
      *outcome = {-EAFNOSUPPORT, 0};
      return true;
    }
    sockaddr_in in = {};
    in.sin_addr.s_addr = htonl(INADDR_BROADCAST);
    memcpy(&address, &in, sizeof(in));
    SetFamily(&address, AF_INET, sizeof(in));
    *outcome = {};
    return true;
  }
  const bool any = host.empty();
  addrinfo hints = {};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;  // any one type: otherwise each address comes once for each
  hints.ai_flags = any ? AI_PASSIVE : AI_NUMERICHOST;
  AddressList list;
  *outcome = list.Ask(any ? nullptr : host.c_str(), any ? "0" : nullptr, hints);
  if (outcome->result != 0) return any || !MayBeName(*outcome);
  // Every family has a wildcard of its own.
  if (any && list.first()->ai_next != nullptr) *outcome = {-EINVAL, 0};
  list.CopyFirst(&address);
  return true;
}

Outcome HostLookUp::Run() {
  addrinfo hints = {};
  hints.ai_family = family;
  AddressList list;
  const Outcome outcome = list.Ask(host.c_str(), nullptr, hints);
  if (outcome.result == 0) list.CopyFirst(&address);
  return outcome;
}

std::string NumericHost(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes = nullptr;
  if (address.ss_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
  } else if (address.ss_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
  }
  if (bytes != nullptr) inet_ntop(address.ss_family, bytes, text, sizeof(text));
  return text;
}

void AddResolver(Exports& exports) {
  AddJob<GetAddrInfo::Make>(exports, "getaddrinfo", "getaddrinfoAsync");
  AddJob<GetNameInfo::Make>(exports, "getnameinfo", "getnameinfoAsync");
  AddJob<ResolveHost::Make>(exports, "resolveHost", "resolveHostAsync");
  exports.AddView<Decode>("decodeAddress");
  exports.Add<Further>("decodeFamily");
}

}  // namespace berkeley
