// if_nameindex(3), if_nametoindex(3), if_indextoname(3); what stands for names in addresses.
#include <memory>

#include "exports.h"
#include "platform.h"
#include "system.h"
#include "values.h"

namespace berkeley {

namespace {

// A list of [index, name], or -errno.
napi_value IfNameindex(Arguments& arguments) {
  const napi_env env = arguments.env();
  const std::unique_ptr<struct if_nameindex, decltype(&if_freenameindex)> interfaces(
      if_nameindex(), if_freenameindex);
  if (interfaces == nullptr) return MakeNumber(env, -errno);
  const napi_value list = MakeList(env, {});
  size_t count = 0;
  for (const struct if_nameindex* one = interfaces.get(); one->if_index != 0; one++) {
    SetItem(env, list, count++,
            MakeList(env, {MakeNumber(env, one->if_index), MakeText(env, one->if_name)}));
  }
  return list;
}

// (name): the index, or -ENODEV.
napi_value IfNametoindex(Arguments& arguments) {
  std::string name;
  if (!ReadText(arguments, 0, &name)) return MakeNumber(arguments.env(), kBadCall);
  // Some systems look for the beginning of a longer name.
  const unsigned index = name.size() < IF_NAMESIZE ? if_nametoindex(name.c_str()) : 0;
  return index == 0 ? MakeNumber(arguments.env(), -ENODEV) : MakeNumber(arguments.env(), index);
}

// (index): the name, or -errno.
napi_value IfIndextoname(Arguments& arguments) {
  double index;
  if (!arguments.Double(0, &index) || !(index >= 0 && index <= UINT32_MAX)) {
    return MakeNumber(arguments.env(), kBadCall);
  }
  char name[IF_NAMESIZE] = "";
  if (if_indextoname(static_cast<unsigned>(index), name) == nullptr) {
    return MakeNumber(arguments.env(), -errno);
  }
  return MakeText(arguments.env(), name);
}

// (fd, name): NumberOfName().
napi_value NumberIn(Arguments& arguments) {
  int32_t fd;
  std::string name;
  const bool ok = arguments.Int32(0, &fd) && ReadText(arguments, 1, &name);
  return MakeNumber(arguments.env(), ok ? static_cast<double>(NumberOfName(fd, name)) : kBadCall);
}

// (fd, number as 32 bits): NameOfNumber().
napi_value NameIn(Arguments& arguments) {
  int32_t fd, number;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &number)) {
    return MakeNumber(arguments.env(), kBadCall);
  }
  return MakeText(arguments.env(), NameOfNumber(fd, static_cast<uint32_t>(number)));
}

}  // namespace

void AddInterfaces(Exports& exports) {
  exports.Define("ifNameindex", CallValue<IfNameindex>);
  exports.Define("ifNametoindex", CallValue<IfNametoindex>);
  exports.Define("ifIndextoname", CallValue<IfIndextoname>);
  exports.Define("numberOfName", CallValue<NumberIn>);
  exports.Define("nameOfNumber", CallValue<NameIn>);
}

}  // namespace berkeley
