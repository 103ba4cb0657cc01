// gethostbyname(3), gethostbyaddr(3), getservbyname(3), getservbyport(3), getprotobyname(3),
// gethostname(2), sethostname(2).
#include "exports.h"
#include "hosts.h"
#include "resolver.h"

namespace berkeley {

namespace {

class GetHost : public Job {
 protected:
  napi_value Result(Environment& environment) override {
    const napi_env env = environment.env();
    return MakeList(env, {MakeText(env, entry_.name), MakeTexts(env, entry_.aliases),
                          MakeTexts(env, entry_.addresses)});
  }

  HostLookUp look_up_;
  HostEntry entry_;
};

class GetHostByName : public GetHost {
 public:
  // (name)
  static std::shared_ptr<Job> Make(Arguments& arguments) {
    auto job = std::make_shared<GetHostByName>();
    if (!ReadText(arguments, 0, &job->look_up_.host)) return nullptr;
    job->look_up_.family = AF_INET;
    return job;
  }

 protected:
  // gethostbyname(3) answers a dotted quad with itself; on some systems behind a lock that another
  // look-up may hold.
  bool RunAtOnce(Outcome* outcome) override {
    in_addr address;
    const std::string& host = look_up_.host;
    if (inet_pton(AF_INET, host.c_str(), &address) != 1) return false;
    entry_.name = host;
    entry_.addresses.assign(1, host);
    *outcome = {};
    return true;
  }

  // The address is asked first, because the failures of that question are the ones users know.
  Outcome Run() override {
    Outcome outcome;
    if (!look_up_.AtOnce(&outcome)) outcome = look_up_.Run();
    return outcome.result == 0 ? HostByName(look_up_.host.c_str(), AF_INET, &entry_) : outcome;
  }
};

class GetHostByAddr : public GetHost {
 public:
  // (host)
  static std::shared_ptr<Job> Make(Arguments& arguments) {
    auto job = std::make_shared<GetHostByAddr>();
    return ReadText(arguments, 0, &job->look_up_.host) ? job : nullptr;
  }

 protected:
  Outcome Run() override {
    Outcome outcome;
    if (!look_up_.AtOnce(&outcome)) outcome = look_up_.Run();
    if (outcome.result != 0) return outcome;
    const sockaddr_storage& address = look_up_.address;
    if (address.ss_family == AF_INET) {
      const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
      return HostByAddress(&in->sin_addr, sizeof(in->sin_addr), AF_INET, &entry_);
    }
    if (address.ss_family == AF_INET6) {
      const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address);
      return HostByAddress(&in6->sin6_addr, sizeof(in6->sin6_addr), AF_INET6, &entry_);
    }
    return {-EAFNOSUPPORT, 0};
  }
};

// (name, proto | null): the port, or -ENOENT.
napi_value GetServByName(Arguments& arguments) {
  std::string name, proto;
  bool has_proto;
  if (!ReadText(arguments, 0, &name) || !ReadOptionalText(arguments, 1, &proto, &has_proto)) {
    return MakeNumber(arguments.env(), kBadCall);
  }
  return MakeNumber(arguments.env(),
                    PortOfService(name.c_str(), has_proto ? proto.c_str() : nullptr));
}

// (port, proto | null): the name, or -ENOENT.
napi_value GetServByPort(Arguments& arguments) {
  int32_t port;
  std::string name, proto;
  bool has_proto;
  if (!arguments.Int32(0, &port) || !ReadOptionalText(arguments, 1, &proto, &has_proto)) {
    return MakeNumber(arguments.env(), kBadCall);
  }
  const int result = ServiceOfPort(port, has_proto ? proto.c_str() : nullptr, &name);
  return result == 0 ? MakeText(arguments.env(), name) : MakeNumber(arguments.env(), result);
}

// (name): the protocol's number, or -ENOENT.
napi_value GetProtoByName(Arguments& arguments) {
  std::string name;
  if (!ReadText(arguments, 0, &name)) return MakeNumber(arguments.env(), kBadCall);
  return MakeNumber(arguments.env(), NumberOfProtocol(name.c_str()));
}

// The name, or -errno.
napi_value GetHostName(Arguments& arguments) {
  char name[1024] = "";
  // A name that is cut off need not end with a NUL.
  if (gethostname(name, sizeof(name) - 1) != 0) return MakeNumber(arguments.env(), -errno);
  return MakeText(arguments.env(), name);
}

// (name): 0 or -errno.
napi_value SetHostName(Arguments& arguments) {
  std::string name;
  if (!ReadText(arguments, 0, &name) || name.size() > INT_MAX) {
    return MakeNumber(arguments.env(), kBadCall);
  }
  const int size = static_cast<int>(name.size());
  return MakeNumber(arguments.env(), sethostname(name.data(), size) == 0 ? 0 : -errno);
}

}  // namespace

Outcome CopyHost(const hostent& host, int family, HostEntry* entry) {
  if (host.h_addrtype != family) return {-EAFNOSUPPORT, 0};
  entry->name = host.h_name == nullptr ? "" : host.h_name;
  for (char** alias = host.h_aliases; alias != nullptr && *alias != nullptr; alias++) {
    entry->aliases.emplace_back(*alias);
  }
  for (char** address = host.h_addr_list; address != nullptr && *address != nullptr; address++) {
    char text[INET6_ADDRSTRLEN] = "";
    if (inet_ntop(family, *address, text, sizeof(text)) == nullptr) return {-errno, 0};
    entry->addresses.emplace_back(text);
  }
  return {};
}

void AddNetdb(Exports& exports) {
  AddJob<GetHostByName::Make>(exports, "gethostbynameEx", "gethostbynameExAsync");
  AddJob<GetHostByAddr::Make>(exports, "gethostbyaddr", "gethostbyaddrAsync");
  exports.Define("getservbyname", CallValue<GetServByName>);
  exports.Define("getservbyport", CallValue<GetServByPort>);
  exports.Define("getprotobyname", CallValue<GetProtoByName>);
  exports.Define("gethostname", CallValue<GetHostName>);
  exports.Define("sethostname", CallValue<SetHostName>);
}

}  // namespace berkeley
