// inet_aton(3), inet_pton(3), inet_ntop(3). inet_ntoa(3) is inet_ntop's IPv4 case, which has no
// buffer that threads share.
#include "exports.h"
#include "platform.h"
#include "values.h"

namespace berkeley {

namespace {

// (text): 4 bytes, or -EINVAL.
napi_value InetAton(Arguments& arguments) {
  std::string text;
  in_addr address;
  if (!ReadText(arguments, 0, &text)) return MakeNumber(arguments.env(), kBadCall);
  if (inet_aton(text.c_str(), &address) == 0) return MakeNumber(arguments.env(), -EINVAL);
  return MakeBytes(arguments.env(), &address, sizeof(address));
}

// (family, text): 4 or 16 bytes; -EINVAL where the text is no address, -EAFNOSUPPORT.
napi_value InetPton(Arguments& arguments) {
  int32_t family;
  std::string text;
  if (!arguments.Int32(0, &family) || !ReadText(arguments, 1, &text)) {
    return MakeNumber(arguments.env(), kBadCall);
  }
  in6_addr address;
  const int result = inet_pton(family, text.c_str(), &address);
  if (result < 0) return MakeNumber(arguments.env(), -errno);
  if (result == 0) return MakeNumber(arguments.env(), -EINVAL);
  const size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  return MakeBytes(arguments.env(), &address, size);
}

// (family, bytes): the text; -EINVAL where the bytes are too many or too few, -EAFNOSUPPORT.
napi_value InetNtop(Arguments& arguments) {
  int32_t family;
  const Bytes bytes = arguments.View(1);
  if (!arguments.Int32(0, &family) || !bytes.ok) return MakeNumber(arguments.env(), kBadCall);
  if (family != AF_INET && family != AF_INET6) return MakeNumber(arguments.env(), -EAFNOSUPPORT);
  const size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  if (bytes.length != size) return MakeNumber(arguments.env(), -EINVAL);
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(family, bytes.data, text, sizeof(text)) == nullptr) {
    return MakeNumber(arguments.env(), -errno);
  }
  return MakeText(arguments.env(), text);
}

}  // namespace

void AddInet(Exports& exports) {
  exports.Define("inetAton", CallValue<InetAton>);
  exports.Define("inetPton", CallValue<InetPton>);
  exports.Define("inetNtop", CallValue<InetNtop>);
}

}  // namespace berkeley
