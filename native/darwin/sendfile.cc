#include "../sendfile.h"

#include <sys/uio.h>

#include "../syscall.h"

namespace berkeley {

// Where it was stopped in the middle, it fails and tells how far it came.
int SendFile(int socket, int file, int64_t offset, size_t count) {
  off_t length = static_cast<off_t>(count);
  const int result = Checked([&] {
    length = static_cast<off_t>(count);
    const int done = sendfile(file, socket, offset, &length, nullptr, 0);
    return done == -1 && length > 0 ? 0 : done;
  });
  return result < 0 ? result : static_cast<int>(length);
}

// There is no splice(2).
int OpenSplicePipe(int, int (&)[2]) { return -ENOSYS; }
int SpliceFromSocket(int, int, size_t) { return -ENOSYS; }
int SpliceToSocket(int, int, size_t) { return -ENOSYS; }

}  // namespace berkeley
