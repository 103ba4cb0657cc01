// bind(2), listen(2), accept(2), connect(2), shutdown(2), getsockname(2), getpeername(2).
#include <optional>

#include "exports.h"
#include "address.h"
#include "descriptor.h"
#include "nonblocking_window.h"
#include "wait.h"

namespace berkeley {

namespace {

const sockaddr* AddressOf(SharedMemory& shared) {
  return reinterpret_cast<const sockaddr*>(&shared.address);
}

// EncodeAddress() of the shared `to` into the shared `address`; its length goes to addressLength.
int Encode(Environment& environment) {
  SharedMemory& shared = environment.shared();
  shared.encode_count = (shared.encode_count + 1) & 0x7fffffff;
  if (shared.to.text_length > static_cast<int32_t>(kTextSize)) return kBadCall;
  const int length = EncodeAddress(shared.to, &shared.address);
  if (length >= 0) shared.address_length = length;
  return length;
}

// bind(2) to the shared address: 0 or -errno.
int Bind(Environment& environment) {
  SharedMemory& shared = environment.shared();
  return Checked([&] {
    return bind(shared.fd, AddressOf(shared), static_cast<socklen_t>(shared.address_length));
  });
}

// (fd, backlog): 0 or -errno.
int Listen(Arguments& arguments) {
  int32_t fd, backlog;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &backlog)) return kBadCall;
  return Checked([&] { return listen(fd, backlog); });
}

// (fd, how): 0 or -errno.
int Shutdown(Arguments& arguments) {
  int32_t fd, how;
  if (!arguments.Int32(0, &fd) || !arguments.Int32(1, &how)) return kBadCall;
  return Checked([&] { return shutdown(fd, how); });
}

// accept(2): the new descriptor, its token in `token`, its peer in `from`; or -errno.
int Accept(Environment& environment) {
  SharedMemory& shared = environment.shared();
  const int listener = shared.fd;  // a wait may run JavaScript, which has the shared memory then
  const bool blocks = shared.nonblocking == 0;
  // To see first that there is nothing costs less than the turn and the window. What does not
  // listen has to be attempted, to say so.
  const bool looks_first = blocks && shared.poll_first != 0 && shared.timeout_ns == 0;
  // Where the kernel has no address to give, asking for one fails.
  const bool with_address = (shared.mode & kWithAddress) != 0;
  const auto attempt = [&](const Wait*) {
    pollfd target = {listener, POLLIN, 0};
    if (looks_first && PollFor(&target, 0) == 0) return -EAGAIN;
    sockaddr_storage address;
    socklen_t length;
    const auto accept_once = [&] {
      length = sizeof(address);
      return AcceptSocket(listener, with_address ? &address : nullptr, &length);
    };
    // Another acceptor may have taken the connection that poll(2) saw. Where this one does not
    // block by itself no window is opened, nor one closed by others.
    std::optional<AcceptTurn> turn;
    if (blocks) turn.emplace(listener);
    const NonblockingWindow window(listener);
    int fd;
    if (turn.has_value() && !turn->excludes_processes()) {
      // Should another process close the window, a signal ends the call, which is made again.
      const BlockingCall call(environment.watched());
      fd = accept_once();
      if (fd == -EINTR) fd = -EAGAIN;
    } else {
      fd = Again(accept_once);
    }
    if (fd >= 0) DecodeAddress(address, with_address ? length : 0, &shared.from);
    return fd;
  };
  // Poll first, as an attempt has its window to pay for; but what does not listen would never poll
  // readable, and the attempt says so.
  bool waited = false;
  const bool poll_first = shared.poll_first != 0;
  const int fd =
      AttemptThenWait(environment, Waiting::For(shared, POLLIN), poll_first, &waited, attempt);
  return fd < 0 ? fd : Adopt(environment, fd, &shared.token);
}

int PendingError(int fd) {
  int error = 0;
  socklen_t length = sizeof(error);
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? -error : -errno;
}

// Whether a second connect(2) tells how the first one ended and leaves the socket as a blocking
// connect would: connected, or ready to try again.
bool AnswersTwice(int fd) {
  if (!kConnectAnswersTwice) return false;
  const int family = FamilyOf(fd);
  return (family == AF_INET || family == AF_INET6) && ProtocolOf(fd) == IPPROTO_TCP;
}

// connect(2) to the shared address: 0 or -errno.
int Connect(Environment& environment) {
  SharedMemory& shared = environment.shared();
  const int fd = shared.fd;
  if (fd < 0) return -EBADF;
  const Waiting waiting = Waiting::For(shared, POLLOUT);
  const bool blocking = waiting.timeout_ns < 0;
  // A copy: a wait may run JavaScript, which has the shared memory then.
  const sockaddr_storage address = shared.address;
  const auto length = static_cast<socklen_t>(shared.address_length);
  const auto connect_once = [&] {
    const NonblockingWindow window(fd);
    return Checked(
        [&] { return connect(fd, reinterpret_cast<const sockaddr*>(&address), length); });
  };
  int result = connect_once();
  if (waiting.timeout_ns == 0) return result;
  Wait wait(environment, waiting);
  // A unix listener whose queue is full gives nothing to poll; a call that blocks tries until there
  // is room. One with a timeout gets the kernel's EAGAIN, as in CPython.
  while (result == -EAGAIN && blocking) {
    const int paused = wait.Pause();
    if (paused < 0) return paused;
    result = connect_once();
  }
  // A blocking connect also waits for one that was begun before (EALREADY).
  while (result == -EINPROGRESS || (result == -EALREADY && blocking)) {
    const int ready = wait.UntilReady();
    if (ready == -EAGAIN) return result;  // SO_SNDTIMEO ran out: what connect(2) said before
    if (ready < 0) return ready;
    if (!blocking || !AnswersTwice(fd)) {
      result = PendingError(fd);
      return result == -EISCONN ? 0 : result;
    }
    result = connect_once();
    if (result == -EISCONN) return 0;
  }
  return result;
}

// How the connect(2) in progress on a socket ended: 0, -errno, or -EINPROGRESS where it has not.
int FinishConnect(Arguments& arguments) {
  int32_t fd;
  if (!arguments.Int32(0, &fd)) return kBadCall;
  if (!AnswersTwice(fd)) {
    pollfd target = {fd, POLLOUT, 0};
    if (PollFor(&target, 0) <= 0) return -EINPROGRESS;
    const int result = PendingError(fd);
    return result == -EISCONN ? 0 : result;
  }
  // What address a second call names does not matter.
  sockaddr_storage address = {};
  SetFamily(&address, FamilyOf(fd), sizeof(address));
  const NonblockingWindow window(fd);
  const int result = Checked([&] {
    return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(sockaddr_in6));
  });
  if (result == -EALREADY) return -EINPROGRESS;
  return result == -EISCONN ? 0 : result;
}

template <int (*Get)(int, sockaddr*, socklen_t*)>
int GetName(Environment& environment) {
  SharedMemory& shared = environment.shared();
  sockaddr_storage address;
  socklen_t length = sizeof(address);
  const int result = Checked([&] {
    length = sizeof(address);
    return Get(shared.fd, reinterpret_cast<sockaddr*>(&address), &length);
  });
  if (result >= 0) DecodeAddress(address, length, &shared.from);
  return result;
}

int SocketName(int fd, sockaddr* address, socklen_t* length) {
  return getsockname(fd, address, length);
}

int PeerName(int fd, sockaddr* address, socklen_t* length) {
  return getpeername(fd, address, length);
}

}  // namespace

void AddConnection(Exports& exports) {
  exports.AddShared<Encode>("encodeAddress");
  exports.AddShared<Bind>("bind");
  exports.Add<Listen>("listen");
  exports.Add<Shutdown>("shutdown");
  exports.AddShared<Accept>("accept");
  exports.AddShared<Connect>("connect");
  exports.Add<FinishConnect>("finishConnect");
  exports.AddShared<GetName<SocketName>>("getsockname");
  exports.AddShared<GetName<PeerName>>("getpeername");
}

}  // namespace berkeley
