// socket(2) and socketpair(2).
#include "exports.h"
#include "descriptor.h"

namespace berkeley {

namespace {

// (family, type, proto): the descriptor, its token in `token`; or -errno.
int Socket(Arguments& arguments) {
  int32_t family, type, proto;
  if (!arguments.Int32(0, &family) || !arguments.Int32(1, &type) || !arguments.Int32(2, &proto)) {
    return kBadCall;
  }
  const int fd = OpenSocket(family, type, proto);
  if (fd < 0) return fd;
  return Adopt(arguments.environment(), fd, &arguments.environment().shared().token);
}

// (family, type, proto): one descriptor, the other in `value`, their tokens in `token` and
// `token2`.
int Socketpair(Arguments& arguments) {
  int32_t family, type, proto;
  if (!arguments.Int32(0, &family) || !arguments.Int32(1, &type) || !arguments.Int32(2, &proto)) {
    return kBadCall;
  }
  SharedMemory& shared = arguments.environment().shared();
  int fds[2];
  const int result = OpenSocketPair(family, type, proto, fds);
  if (result < 0) return result;
  const int first = Adopt(arguments.environment(), fds[0], &shared.token);
  if (first < 0) {
    close(fds[1]);
    return first;
  }
  shared.value = Adopt(arguments.environment(), fds[1], &shared.token2);
  if (shared.value >= 0) return first;
  DescriptorTable::Forget(first);
  close(first);
  return shared.value;
}

}  // namespace

void AddOpen(Exports& exports) {
  exports.Add<Socket>("socket");
  exports.Add<Socketpair>("socketpair");
}

}  // namespace berkeley
