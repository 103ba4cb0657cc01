// getsockopt(2) and setsockopt(2), in the forms that JavaScript has values for.
#include "exports.h"
#include "arguments.h"
#include "packet_filter.h"
#include "platform.h"

namespace berkeley {

namespace {

struct Option {
  int32_t fd;
  int32_t level;
  int32_t name;
  bool ok;

  explicit Option(const Arguments& arguments) {
    ok = arguments.Int32(0, &fd) && arguments.Int32(1, &level) && arguments.Int32(2, &name);
  }

  int Set(const void* value, socklen_t length) const {
    return Checked([&] { return setsockopt(fd, level, name, value, length); });
  }
};

// (fd, level, name, number)
int SetsockoptInt(Arguments& arguments) {
  const Option option(arguments);
  int32_t value;
  if (!option.ok || !arguments.Int32(3, &value)) return kBadCall;
  return option.Set(&value, sizeof(value));
}

// (fd, level, name, view)
int SetsockoptBytes(Arguments& arguments) {
  const Option option(arguments);
  const Bytes value = arguments.View(3);
  if (!option.ok || !value.ok || value.length > INT32_MAX) return kBadCall;
  return option.Set(value.data, static_cast<socklen_t>(value.length));
}

// (fd, level, name, optlen): a null pointer of that length.
int SetsockoptNull(Arguments& arguments) {
  const Option option(arguments);
  double length;
  if (!option.ok || !arguments.Double(3, &length) || !(length >= 0 && length <= UINT32_MAX)) {
    return kBadCall;
  }
  return option.Set(nullptr, static_cast<socklen_t>(length));
}

// (fd, level, name): 0, with the number in `value`; or -errno.
int GetsockoptInt(Arguments& arguments) {
  const Option option(arguments);
  if (!option.ok) return kBadCall;
  const bool counts_bytes = LengthUnit(option.level, option.name) == 1;
  int value = 0;
  // There is no room here for what is counted otherwise: the answer is how many there are.
  int* const to = counts_bytes ? &value : nullptr;
  socklen_t length = 0;
  const int result = Checked([&] {
    length = counts_bytes ? sizeof(value) : 0;
    return getsockopt(option.fd, option.level, option.name, to, &length);
  });
  arguments.environment().shared().value = counts_bytes ? value : static_cast<int>(length);
  return result;
}

// (fd, level, name, view): the length that the kernel filled, or -errno.
int GetsockoptBytes(Arguments& arguments) {
  const Option option(arguments);
  const Bytes value = arguments.View(3);
  if (!option.ok || !value.ok || value.length > INT32_MAX) return kBadCall;
  const socklen_t unit = LengthUnit(option.level, option.name);
  const socklen_t room = static_cast<socklen_t>(value.length) / unit;
  // Without room the kernel only counts.
  void* const to = unit == 1 || room > 0 ? value.data : nullptr;
  socklen_t length = 0;
  const int result = Checked([&] {
    length = room;
    return getsockopt(option.fd, option.level, option.name, to, &length);
  });
  // Some options answer how long they are, whatever room they had.
  return result < 0 ? result : static_cast<int>((length < room ? length : room) * unit);
}

// (fd, name, instructions): 0 or -errno. `name` is an option of SOL_SOCKET that takes a program.
int SetsockoptFilter(Arguments& arguments) {
  int32_t fd, name;
  const Bytes instructions = arguments.View(2);
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &name) || !instructions.ok ||
      instructions.length % 8 != 0) {
    return kBadCall;
  }
  return AttachFilter(fd, name, instructions.data, instructions.length / 8);
}

}  // namespace

void AddOptions(Exports& exports) {
  exports.Add<SetsockoptInt>("setsockoptInt");
  exports.Add<SetsockoptBytes>("setsockoptBytes");
  exports.Add<SetsockoptNull>("setsockoptNull");
  exports.Add<SetsockoptFilter>("setsockoptFilter");
  exports.Add<GetsockoptInt>("getsockoptInt");
  exports.Add<GetsockoptBytes>("getsockoptBytes");
}

}  // namespace berkeley
