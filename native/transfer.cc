// recv(2), recvfrom(2), send(2), sendto(2): attempts are made with MSG_DONTWAIT, whatever the
// descriptor's O_NONBLOCK says, and waits are wait.h's.
//
// A wait asks JavaScript whether it still runs, and a debugger may evaluate something there. So the
// arguments are copied out of the shared memory first, and a view is looked up again after a wait.
#include <algorithm>

#include "address.h"
#include "exports.h"
#include "system.h"
#include "transfer.h"

namespace berkeley {

namespace {

// send(2) or, with an address, sendto(2). -errno on error.
inline int SendBytes(int fd, const void* data, size_t length, int flags,
                     const sockaddr_storage* address, socklen_t address_length) {
  return Attempt(flags, [&] {
    return SendTo(fd, data, length, flags, reinterpret_cast<const sockaddr*>(address),
                  address_length);
  });
}

// recv(2) or, with an address, recvfrom(2). -errno on error.
inline int ReceiveBytes(int fd, void* data, size_t length, int flags, sockaddr_storage* address,
                        socklen_t* address_length) {
  const socklen_t room = address_length == nullptr ? 0 : *address_length;
  return Attempt(flags, [&] {
    if (address_length != nullptr) *address_length = room;
    return ReceiveFrom(fd, data, length, flags, reinterpret_cast<sockaddr*>(address),
                       address_length);
  });
}

// Where the bytes of a call are: in a view of the caller's, or at a place of our own.
class Memory {
 public:
  Memory(napi_env env, napi_value view, int32_t offset, int32_t length)
      : env_(env), view_(view), offset_(offset), length_(length) {
    LookUp();
  }
  Memory(uint8_t* data, int32_t length) : bytes_{data, static_cast<size_t>(length), true} {}

  // Once JavaScript may have run, the view's memory may be elsewhere, or gone.
  void LookUp() {
    if (view_ != nullptr) bytes_ = Slice(ReadBytes(env_, view_), offset_, length_);
  }
  bool ok() const { return bytes_.ok; }
  uint8_t* data() const { return bytes_.data; }
  size_t length() const { return bytes_.length; }

 private:
  napi_env env_ = nullptr;
  napi_value view_ = nullptr;
  int32_t offset_ = 0;
  int32_t length_ = 0;
  Bytes bytes_;
};

struct Transfer {
  Environment& environment;
  Memory memory;
  int fd = environment.shared().fd;
  int flags = environment.shared().flags;
  int mode = environment.shared().mode;
};

// One attempt to receive into the memory from `skip` on.
int Receive(Transfer& transfer, size_t skip, const Wait* wait) {
  if (wait != nullptr && wait->has_asked()) transfer.memory.LookUp();
  if (!transfer.memory.ok()) return kBadCall;
  uint8_t* data = transfer.memory.data() + skip;
  const size_t length = transfer.memory.length() - skip;
  const int flags = ReceiveFlags(transfer.flags, wait);
  if ((transfer.mode & kWithAddress) == 0) {
    return ReceiveBytes(transfer.fd, data, length, flags, nullptr, nullptr);
  }
  sockaddr_storage address;
  socklen_t address_length = sizeof(address);
  const int result = ReceiveBytes(transfer.fd, data, length, flags, &address, &address_length);
  if (result >= 0) DecodeAddress(address, address_length, &transfer.environment.shared().from);
  return result;
}

[[gnu::noinline]] int ReceiveInto(Transfer transfer) {
  Environment& environment = transfer.environment;
  if (transfer.fd < 0) return -EBADF;
  if (transfer.mode & kFill) {
    return ReceiveUntilFull(
        environment, transfer.flags, transfer.memory.length(), true,
        [&](size_t skip, const Wait* wait) { return Receive(transfer, skip, wait); },
        [] { return false; });
  }
  return ReceiveOnce(environment, transfer.flags, transfer.memory.length(),
                     [&](const Wait* wait) { return Receive(transfer, 0, wait); });
}

// How much of the memory is to be sent before the call is over.
enum class Amount {
  kOnce,  // what the kernel takes at once
  kFill,  // all; the socket's SO_SNDTIMEO bounds the whole, as in one send(2) that blocks
  kAll,   // all; SO_SNDTIMEO bounds each part, as in a sequence of sends
};

// `sent` counts what the kernel took. 0, or why not all of `amount` was sent.
int SendFrom(Transfer transfer, Amount amount, size_t* sent) {
  Environment& environment = transfer.environment;
  SharedMemory& shared = environment.shared();
  if (transfer.fd < 0) return -EBADF;
  sockaddr_storage address;
  socklen_t address_length = 0;
  if (transfer.mode & kWithAddress) {
    address_length = static_cast<socklen_t>(shared.address_length);
    memcpy(&address, &shared.address, address_length);
  }
  const Waiting waiting = Waiting::For(shared, POLLOUT).Blocking(true);
  int flags = transfer.flags;
  const auto attempt = [&](Wait* wait) {
    if (wait != nullptr && wait->has_asked()) transfer.memory.LookUp();
    if (!transfer.memory.ok()) return kBadCall;
    const int result =
        SendBytes(transfer.fd, transfer.memory.data() + *sent, transfer.memory.length() - *sent,
                  SendFlags(flags, wait), address_length > 0 ? &address : nullptr, address_length);
    if (result == -EINPROGRESS && (flags & kFastOpen) != 0 && waiting.timeout_ns != 0) {
      // TCP Fast Open without a cookie: the connection is under way, and nothing was taken.
      flags &= ~kFastOpen;
      address_length = 0;
      return -EAGAIN;
    }
    if (result < 0) return result;
    if ((flags & kFastOpen) != 0) {
      // The rest goes over the connection that there is now.
      flags &= ~kFastOpen;
      address_length = 0;
    }
    *sent += static_cast<size_t>(result);
    if (wait != nullptr) wait->Progressed();
    if (wait != nullptr && amount == Amount::kAll) wait->RestartKernelTimeout();
    // A part only: as if the kernel had answered EAGAIN for the rest, within the same budget.
    return amount != Amount::kOnce && *sent < transfer.memory.length() ? -EAGAIN : 0;
  };
  bool waited = false;
  return AttemptThenWait(environment, waiting, false, &waited, attempt);
}

Transfer FromView(Environment& environment, napi_value view) {
  SharedMemory& shared = environment.shared();
  return {environment, Memory(environment.env(), view, shared.offset, shared.length)};
}

int Recv(Environment& environment, napi_value view) {
  return ReceiveInto(FromView(environment, view));
}

// Whether an attempt at a small transfer has settled it, though it failed; otherwise the general
// form begins anew, which is harmless after EAGAIN.
bool IsFinalError(int result, const SharedMemory& shared, short events) {
  return shared.timeout_ns == 0 || !MayChange(result, Waiting::For(shared, events));
}

int RecvSmall(Environment& environment) {
  SharedMemory& shared = environment.shared();
  if (shared.length < 0 || static_cast<size_t>(shared.length) > kSmallSize) return kBadCall;
  // The short way for what is already there. Half of a small call's own cost is in the general
  // form.
  if (shared.poll_first == 0 && (shared.mode & (kWithAddress | kFill)) == 0 &&
      (shared.flags & MSG_OOB) == 0 && shared.fd >= 0) {
    const int result = ReceiveBytes(shared.fd, shared.small, static_cast<size_t>(shared.length),
                                    shared.flags | MSG_DONTWAIT, nullptr, nullptr);
    if (result >= 0 || IsFinalError(result, shared, POLLIN)) return result;
  }
  return ReceiveInto({environment, Memory(shared.small, shared.length)});
}

// A blocking stream's send waits until the kernel has taken everything (kFill), and answers a part
// only where an error or a signal came after it.
int SendOnce(const Transfer& transfer) {
  size_t sent = 0;
  const int result =
      SendFrom(transfer, (transfer.mode & kFill) ? Amount::kFill : Amount::kOnce, &sent);
  return result >= 0 ? static_cast<int>(sent) : PartOr(transfer.environment, sent, result);
}

int Send(Environment& environment, napi_value view) {
  return SendOnce(FromView(environment, view));
}

// Sends what `small` has behind the first `sent` bytes; from a copy, as the shared memory may be
// JavaScript's in a wait. `sent` counts on. 0, or why not all of `amount` was sent.
[[gnu::noinline]] int SendRestOfSmall(Environment& environment, Amount amount, size_t* sent) {
  SharedMemory& shared = environment.shared();
  uint8_t copy[kSmallSend];
  memcpy(copy, shared.small, sizeof(copy));
  size_t rest = 0;
  const int length = shared.length - static_cast<int>(*sent);
  const int result = SendFrom({environment, Memory(copy + *sent, length)}, amount, &rest);
  *sent += rest;
  return result;
}

// The short way for what the kernel takes at once; otherwise the general form goes on.
template <Amount amount>
int SendSmallAmount(Environment& environment, size_t* sent) {
  SharedMemory& shared = environment.shared();
  if (shared.length < 0 || static_cast<size_t>(shared.length) > kSmallSend) return kBadCall;
  if ((shared.mode & kWithAddress) == 0 && (shared.flags & kFastOpen) == 0 && shared.fd >= 0) {
    const int result = SendBytes(shared.fd, shared.small, static_cast<size_t>(shared.length),
                                 shared.flags | MSG_DONTWAIT | kNoSignal, nullptr, 0);
    *sent = static_cast<size_t>(std::max(result, 0));
    if (result >= 0 && (amount == Amount::kOnce || result == shared.length)) return 0;
    if (result < 0 && IsFinalError(result, shared, POLLOUT)) return result;
  }
  return SendRestOfSmall(environment, amount, sent);
}

int SendSmall(Environment& environment) {
  size_t sent = 0;
  const bool fills = (environment.shared().mode & kFill) != 0;
  const int result = fills ? SendSmallAmount<Amount::kFill>(environment, &sent)
                           : SendSmallAmount<Amount::kOnce>(environment, &sent);
  return result >= 0 ? static_cast<int>(sent) : PartOr(environment, sent, result);
}

int FinishAll(Environment& environment, int result, size_t sent) {
  environment.shared().bytes_sent = static_cast<int32_t>(sent);
  return result < 0 ? result : 0;
}

int SendallSmall(Environment& environment) {
  size_t sent = 0;
  const int result = SendSmallAmount<Amount::kAll>(environment, &sent);
  return FinishAll(environment, result, sent);
}

// All of the slice, or an error with `bytes_sent` in the shared memory.
int Sendall(Environment& environment, napi_value view) {
  size_t sent = 0;
  const int result = SendFrom(FromView(environment, view), Amount::kAll, &sent);
  return FinishAll(environment, result, sent);
}

}  // namespace

void AddTransfer(Exports& exports) {
  exports.AddView<Recv>("recv");
  exports.AddInShared<RecvSmall>("recvSmall");
  exports.AddView<Send>("send");
  exports.AddInShared<SendSmall>("sendSmall");
  exports.AddView<Sendall>("sendall");
  exports.AddInShared<SendallSmall>("sendallSmall");
}

}  // namespace berkeley
