// sendfile(2): it has no MSG_DONTWAIT, so each attempt has a window in which the socket does not
// block, and waits are wait.h's.
#include "sendfile.h"

#include "exports.h"
#include "nonblocking_window.h"
#include "wait.h"

namespace berkeley {

namespace {

// What a double counts exactly.
constexpr double kMostOffset = 9007199254740991;
// Linux sends no more at once.
constexpr double kMostCount = 0x7ffff000;

// (file, offset, count), and as the shared memory of a send says. The bytes that one attempt has
// sent, perhaps fewer; 0 at the end of the file; or -errno.
int Sendfile(Arguments& arguments) {
  int32_t file;
  double offset, count;
  if (!arguments.Int32(0, &file) || !arguments.Double(1, &offset) || !arguments.Double(2, &count) ||
      !(offset >= 0 && offset <= kMostOffset) || !(count >= 1 && count <= kMostCount)) {
    return kBadCall;
  }
  Environment& environment = arguments.environment();
  const Waiting waiting = Waiting::For(environment.shared(), POLLOUT);
  bool waited = false;
  return AttemptThenWait(environment, waiting, false, &waited, [&](const Wait*) {
    const NonblockingWindow window(waiting.fd);
    return SendFile(waiting.fd, file, static_cast<int64_t>(offset), static_cast<size_t>(count));
  });
}

// (file, position): lseek(2) from the beginning. 0 or -errno.
int Seek(Arguments& arguments) {
  int32_t file;
  double position;
  if (!arguments.Int32(0, &file) || !arguments.Double(1, &position) ||
      !(position >= 0 && position <= kMostOffset)) {
    return kBadCall;
  }
  return lseek(file, static_cast<off_t>(position), SEEK_SET) == -1 ? -errno : 0;
}

}  // namespace

void AddSendfile(Exports& exports) {
  exports.Add<Sendfile>("sendfile");
  exports.Add<Seek>("seek");
}

}  // namespace berkeley
