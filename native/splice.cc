// splice(2) from a socket into a pipe and on into another socket. Like sendfile(2) it has no
// MSG_DONTWAIT: see sendfile.cc.
#include "descriptor.h"
#include "exports.h"
#include "nonblocking_window.h"
#include "sendfile.h"
#include "wait.h"

namespace berkeley {

namespace {

// (size): a pipe with room for about so many bytes, where the system allows it. The descriptor of
// its reading end, that of the other in `value`, their tokens in `token` and `token2`; or -errno.
// -ENOSYS where there is no splice(2).
int Pipe(Arguments& arguments) {
  int32_t size;
  if (!arguments.Int32(0, &size) || size < 1) return kBadCall;
  Environment& environment = arguments.environment();
  SharedMemory& shared = environment.shared();
  int fds[2];
  int result = OpenSplicePipe(size, fds);
  if (result < 0) return result;
  const int reader = Adopt(environment, fds[0], &shared.token);
  if (reader < 0) {
    close(fds[1]);
    return reader;
  }
  shared.value = Adopt(environment, fds[1], &shared.token2);
  if (shared.value >= 0) return reader;
  DescriptorTable::Forget(reader);
  close(reader);
  return shared.value;
}

// (pipe, count), and the socket as the shared memory says. What one attempt has moved, or -errno.
template <int (*Splice)(int socket, int pipe, size_t count)>
int SpliceWaiting(Arguments& arguments, short events) {
  int32_t pipe, count;
  if (!arguments.Int32(0, &pipe) || !arguments.Int32(1, &count) || count < 1) return kBadCall;
  Environment& environment = arguments.environment();
  const Waiting waiting = Waiting::For(environment.shared(), events);
  bool waited = false;
  return AttemptThenWait(environment, waiting, false, &waited, [&](const Wait*) {
    const NonblockingWindow window(waiting.fd);
    return Splice(waiting.fd, pipe, static_cast<size_t>(count));
  });
}

// 0 at the end of the stream.
int SpliceIn(Arguments& arguments) { return SpliceWaiting<SpliceFromSocket>(arguments, POLLIN); }

int SpliceOut(Arguments& arguments) { return SpliceWaiting<SpliceToSocket>(arguments, POLLOUT); }

}  // namespace

void AddSplice(Exports& exports) {
  exports.Add<Pipe>("pipe");
  exports.Add<SpliceIn>("spliceIn");
  exports.Add<SpliceOut>("spliceOut");
}

}  // namespace berkeley
