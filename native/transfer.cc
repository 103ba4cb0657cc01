// recv(2), recvfrom(2), send(2), sendto(2): each attempt is made with MSG_DONTWAIT, whatever the
// descriptor's O_NONBLOCK says, and waits are wait.h's.
#include "exports.h"
#include "transfer.h"

#include <algorithm>

#include "address.h"
#include "system.h"
#include "wait.h"

namespace berkeley {

namespace {

// After a receive that had to wait, so many receives poll before they try. Then one tries first
// again, to learn whether data comes without waiting now.
constexpr int32_t kPollFirstRun = 16;
// A full buffer of at least so many bytes is bulk transfer: more is there, no need to poll.
constexpr int32_t kBulkSize = 4096;

struct Receive {
  Environment& environment;
  uint8_t* data;
  size_t length;

  // One attempt. `wait` tells of a datagram socket whose reading is shut down: the kernel has an
  // end-of-stream answer for a call that may block, and EAGAIN for ever for one that may not.
  int Attempt(const Wait* wait) const {
    SharedMemory& shared = environment.shared();
    const bool at_end = wait != nullptr && wait->blocking() && wait->read_hung_up();
    const int flags = shared.flags | (at_end ? 0 : MSG_DONTWAIT);
    if ((shared.mode & kWithAddress) == 0) {
      return ReceiveBytes(shared.fd, data, length, flags, nullptr, nullptr);
    }
    return AttemptWithAddress(flags);
  }

  // Apart, so that a plain receive has no room for an address on its stack.
  [[gnu::noinline]] int AttemptWithAddress(int flags) const {
    SharedMemory& shared = environment.shared();
    sockaddr_storage address;
    socklen_t address_length = sizeof(address);
    const int result = ReceiveBytes(shared.fd, data, length, flags, &address, &address_length);
    if (result >= 0) DecodeAddress(address, address_length, &shared.from);
    return result;
  }
};

// What a blocking recv with MSG_WAITALL does on a stream: until all is there, the stream ends or
// an error comes; what has arrived by then is the result.
int ReceiveFill(Environment& environment, Receive receive) {
  SharedMemory& shared = environment.shared();
  const bool peek = (shared.flags & MSG_PEEK) != 0;
  Wait wait(environment, Waiting::For(shared, POLLIN));
  size_t received = 0;
  const auto received_or = [&](int result) {
    return received > 0 && result != kTerminated ? static_cast<int>(received) : result;
  };
  for (;;) {
    const size_t skip = peek ? 0 : received;
    const Receive rest = {environment, receive.data + skip, receive.length - skip};
    int result = rest.Attempt(nullptr);
    if (result == 0 || (result < 0 && result != -EAGAIN)) return received_or(result);
    if (result > 0) received = skip + static_cast<size_t>(result);
    if (received >= receive.length) return static_cast<int>(received);
    // Peeked bytes stay, so poll(2) would answer at once: look again after a pause.
    const bool peeked = peek && received > 0;
    if (peeked && wait.AtEnd()) return static_cast<int>(received);
    result = peeked ? wait.Pause() : wait.UntilReady();
    if (result < 0) return received_or(result);
  }
}

int ReceiveInto(Environment& environment, Bytes slice) {
  SharedMemory& shared = environment.shared();
  if (!slice.ok) return kBadCall;
  if (shared.fd < 0) return -EBADF;
  const Receive receive = {environment, slice.data, slice.length};
  if (shared.mode & kFill) return ReceiveFill(environment, receive);
  bool waited = false;
  // Urgent data is there before poll(2) says so: as above, with a timeout poll(2) comes first.
  const bool poll_first = shared.poll_first > 0 || (shared.flags & MSG_OOB) != 0;
  const int result = AttemptThenWait(environment, Waiting::For(shared, POLLIN), poll_first, &waited,
                                     [&](Wait* wait) { return receive.Attempt(wait); });
  if (waited) {
    shared.poll_first = kPollFirstRun;
  } else if (poll_first) {
    shared.poll_first = result == shared.length && result >= kBulkSize ? 0 : shared.poll_first - 1;
  }
  return result;
}

// Sends until all is sent where `all`, else once. `sent` counts what the kernel took.
int SendFrom(Environment& environment, Bytes slice, bool all, size_t* sent) {
  SharedMemory& shared = environment.shared();
  if (!slice.ok) return kBadCall;
  if (shared.fd < 0) return -EBADF;
  const int flags = shared.flags | MSG_DONTWAIT | kNoSignal;
  const auto attempt = [&](Wait* wait) {
    const uint8_t* data = slice.data + *sent;
    const size_t length = slice.length - *sent;
    const bool to_address = (shared.mode & kWithAddress) != 0;
    const int result =
        SendBytes(shared.fd, data, length, flags, to_address ? &shared.address : nullptr,
                  to_address ? static_cast<socklen_t>(shared.address_length) : 0);
    if (result < 0) return result;
    if (wait != nullptr) wait->Progressed();
    *sent += static_cast<size_t>(result);
    // A part only: as if the kernel had answered EAGAIN for the rest, within the same budget.
    return all && *sent < slice.length ? -EAGAIN : 0;
  };
  bool waited = false;
  return AttemptThenWait(environment, Waiting::For(shared, POLLOUT), false, &waited, attempt);
}

int Recv(Environment& environment, Bytes view) {
  SharedMemory& shared = environment.shared();
  return ReceiveInto(environment, Slice(view, shared.offset, shared.length));
}

int RecvSmall(Environment& environment) {
  SharedMemory& shared = environment.shared();
  return ReceiveInto(environment, SmallBytes(shared));
}

// A blocking stream's send waits until the kernel has taken everything (kFill), and answers a part
// only where an error or a signal came after it.
int SendSlice(Environment& environment, Bytes slice) {
  size_t sent = 0;
  const bool all = (environment.shared().mode & kFill) != 0;
  const int result = SendFrom(environment, slice, all, &sent);
  return sent > 0 && result != kTerminated ? static_cast<int>(sent) : result;
}

int Send(Environment& environment, Bytes view) {
  SharedMemory& shared = environment.shared();
  return SendSlice(environment, Slice(view, shared.offset, shared.length));
}

int SendSmall(Environment& environment) {
  return SendSlice(environment, SmallBytes(environment.shared()));
}

// All of the slice, or an error with `bytes_sent` in the shared memory.
int Sendall(Environment& environment, Bytes view) {
  SharedMemory& shared = environment.shared();
  size_t sent = 0;
  const int result = SendFrom(environment, Slice(view, shared.offset, shared.length), true, &sent);
  shared.bytes_sent = static_cast<int32_t>(sent);
  return result < 0 ? result : 0;
}

}  // namespace

Bytes SmallBytes(SharedMemory& shared) {
  Bytes bytes;
  bytes.data = shared.small;
  bytes.length = static_cast<size_t>(shared.length);
  bytes.ok = shared.length >= 0 && bytes.length <= kSmallSize;
  return bytes;
}

void AddTransfer(Exports& exports) {
  exports.AddView<Recv>("recv");
  exports.AddShared<RecvSmall>("recvSmall");
  exports.AddView<Send>("send");
  exports.AddShared<SendSmall>("sendSmall");
  exports.AddView<Sendall>("sendall");
}

}  // namespace berkeley
