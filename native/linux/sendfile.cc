#include "../sendfile.h"

#include <sys/sendfile.h>

#include <csignal>

#include "../syscall.h"
#include "../system.h"

namespace berkeley {

namespace {

// sendfile(2) and splice(2) have no MSG_NOSIGNAL. While one of these lives, the SIGPIPE that this
// thread gets from a call of its own waits, to be taken away.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigset_t pending;
    sigpending(&pending);
    // One that was sent before is its sender's.
    if (sigismember(&pending, SIGPIPE) == 1) return;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    blocked_ = pthread_sigmask(SIG_BLOCK, &pipe_, &previous_) == 0;
  }
  ~WithoutSigpipe() {
    if (blocked_) pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

  void Take() {
    const timespec at_once = {};
    if (blocked_) Retry([&] { return sigtimedwait(&pipe_, nullptr, &at_once); });
  }

 private:
  sigset_t pipe_;
  sigset_t previous_;
  bool blocked_ = false;
};

}  // namespace

int SendFile(int socket, int file, int64_t offset, size_t count) {
  WithoutSigpipe guard;
  const int result = Checked([&] {
    off_t from = offset;
    return sendfile(socket, file, &from, count);
  });
  // The signal may have come after a part, which hides the error.
  if (result == -EPIPE || (result >= 0 && static_cast<size_t>(result) < count)) guard.Take();
  return result;
}

int OpenSplicePipe(int size, int (&fds)[2]) {
  const int result = OpenPipe(fds);
  // A user's pipes may together have so much room only: then it is the usual size.
  if (result == 0) fcntl(fds[1], F_SETPIPE_SZ, size);
  return result;
}

int SpliceFromSocket(int socket, int pipe, size_t count) {
  return Checked([&] {
    return splice(socket, nullptr, pipe, nullptr, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  });
}

int SpliceToSocket(int socket, int pipe, size_t count) {
  WithoutSigpipe guard;
  const int result = Checked([&] {
    return splice(pipe, nullptr, socket, nullptr, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  });
  if (result == -EPIPE || (result >= 0 && static_cast<size_t>(result) < count)) guard.Take();
  return result;
}

}  // namespace berkeley
