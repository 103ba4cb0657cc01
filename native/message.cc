// recvmsg(2) and sendmsg(2): scattered and gathered data, and control messages. As in transfer.cc
// each attempt is made with MSG_DONTWAIT, and what a wait could change is looked up after it.
#include <algorithm>
#include <memory>
#include <new>

#include "address.h"
#include "control.h"
#include "exports.h"
#include "parts.h"
#include "system.h"
#include "transfer.h"

namespace berkeley {

namespace {

// What a call is told through the shared memory, copied out of it.
struct Call {
  explicit Call(Environment& given) : environment(given) {}
  Environment& environment;
  int fd = environment.shared().fd;
  int flags = environment.shared().flags;
  int mode = environment.shared().mode;
};

// One attempt to receive behind the first `skip` bytes of the parts. Address, flags and control
// messages go into the shared memory.
int Receive(const Call& call, Parts& parts, size_t room, size_t skip, const Wait* wait) {
  SharedMemory& shared = call.environment.shared();
  const int found = wait != nullptr ? parts.LookUp() : 0;
  if (found < 0) return found;
  sockaddr_storage address;
  msghdr message = {};
  parts.Describe(skip, &message);
  const int flags = ReceiveFlags(call.flags, wait) | kCloseReceived;
  const int result = Attempt(flags, [&] {
    message.msg_name = &address;
    message.msg_namelen = sizeof(address);
    message.msg_control = room > 0 ? shared.control : nullptr;
    message.msg_controllen = static_cast<decltype(message.msg_controllen)>(room);
    message.msg_flags = 0;
    return ReceiveMessage(call.fd, &message, flags);
  });
  if (result < 0) return result;
  // Some systems show the flags of the call among those of the message: not those that it added.
  shared.message_flags = message.msg_flags & ~(flags & ~call.flags);
  DecodeAddress(address, message.msg_namelen, &shared.from);
  const size_t control_length = std::min<size_t>(message.msg_controllen, room);
  shared.control_length = static_cast<int32_t>(control_length);
  if (control_length == 0) return result;
  shared.untaken = call.environment.untaken().Note(shared.control, control_length);
  return shared.untaken < 0 ? shared.untaken : result;
}

// Whether more bytes of the stream would not belong to what was received last: descriptors came
// with it, or it is known who sent it.
bool EndsMessage(const SharedMemory& shared) {
  if ((shared.message_flags & MSG_CTRUNC) != 0 || shared.untaken > 0) return true;
  size_t position = 0;
  ControlMessage message;
  while (DecodeControl(shared.control, static_cast<size_t>(shared.control_length), &position,
                       &message)) {
    if (message.level == SOL_SOCKET && message.type == kCredentials) return true;
  }
  return false;
}

int ReceiveInto(Environment& environment, Parts& parts) {
  SharedMemory& shared = environment.shared();
  const Call call(environment);
  environment.untaken().Close();
  shared.untaken = shared.control_length = shared.message_flags = 0;
  if (call.fd < 0) return -EBADF;
  const int found = parts.LookUp();
  if (found < 0) return found;
  if (shared.control_room < 0) return kBadCall;
  const size_t room = std::min(static_cast<size_t>(shared.control_room), kControlSize);
  if (call.mode & kFill) {
    return ReceiveUntilFull(
        environment, call.flags, parts.length(), false,
        [&](size_t skip, const Wait* wait) { return Receive(call, parts, room, skip, wait); },
        [&] { return EndsMessage(shared); });
  }
  return ReceiveOnce(environment, call.flags, parts.length(),
                     [&](const Wait* wait) { return Receive(call, parts, room, 0, wait); });
}

// Into an array of views.
int Recvmsg(Environment& environment, napi_value list) {
  Parts parts(environment.env(), list);
  return ReceiveInto(environment, parts);
}

// Into `small`.
int RecvmsgSmall(Environment& environment) {
  SharedMemory& shared = environment.shared();
  if (shared.length < 0 || static_cast<size_t>(shared.length) > kSmallSize) return kBadCall;
  Parts parts(shared.small, static_cast<size_t>(shared.length));
  return ReceiveInto(environment, parts);
}

// The control messages to send: a copy, of which the descriptors go with the first part only.
class Control {
 public:
  // 0 or -ENOMEM. No control messages where `bytes` is not ok.
  int Copy(const Bytes& bytes) {
    if (!bytes.ok || bytes.length == 0) return 0;
    if (bytes.length > sizeof(small_)) {
      large_.reset(new (std::nothrow) uint8_t[bytes.length]);
      if (large_ == nullptr) return -ENOMEM;
    }
    memcpy(data(), bytes.data, bytes.length);
    length_ = bytes.length;
    return 0;
  }
  void DropDescriptors() { length_ = RemoveDescriptors(data(), length_); }
  void Describe(msghdr* message) {
    message->msg_control = length_ > 0 ? data() : nullptr;
    message->msg_controllen = static_cast<decltype(message->msg_controllen)>(length_);
  }

 private:
  uint8_t* data() { return large_ != nullptr ? large_.get() : small_; }

  alignas(8) uint8_t small_[1024];
  std::unique_ptr<uint8_t[]> large_;
  size_t length_ = 0;
};

// What the kernel takes at once or, with kFill, all of it. Bytes sent, or negative.
int SendParts(Environment& environment, Parts& parts, const Bytes& given_control) {
  SharedMemory& shared = environment.shared();
  const Call call(environment);
  if (call.fd < 0) return -EBADF;
  const int found = parts.LookUp();
  if (found < 0) return found;
  Control control;
  if (control.Copy(given_control) < 0) return -ENOMEM;
  sockaddr_storage address;
  socklen_t address_length = 0;
  if (call.mode & kWithAddress) {
    address_length = static_cast<socklen_t>(shared.address_length);
    memcpy(&address, &shared.address, address_length);
  }
  const Waiting waiting = Waiting::For(shared, POLLOUT).Blocking(true);
  int flags = call.flags;
  size_t sent = 0;
  const auto attempt = [&](Wait* wait) {
    const int found_again = wait != nullptr ? parts.LookUp() : 0;
    if (found_again < 0) return found_again;
    msghdr message = {};
    parts.Describe(sent, &message);
    control.Describe(&message);
    if (address_length > 0) message.msg_name = &address;
    message.msg_namelen = address_length;
    const int now = SendFlags(flags, wait);
    const int result = Attempt(now, [&] { return SendMessage(call.fd, &message, now); });
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
    sent += static_cast<size_t>(result);
    if (wait != nullptr) wait->Progressed();
    if ((call.mode & kFill) == 0 || sent >= parts.length()) return 0;
    // A part only: as if the kernel had answered EAGAIN for the rest, within the same budget.
    if (result > 0) control.DropDescriptors();
    return -EAGAIN;
  };
  bool waited = false;
  const int result = AttemptThenWait(environment, waiting, false, &waited, attempt);
  return result >= 0 ? static_cast<int>(sent) : PartOr(environment, sent, result);
}

// From an array of views, with a block of control messages or none: (views, block).
int Sendmsg(Arguments& arguments) {
  if (!arguments.Has(0)) return kBadCall;
  Parts parts(arguments.env(), arguments.At(0));
  return SendParts(arguments.environment(), parts, arguments.View(1));
}

// From `small`, with a block of control messages.
int SendmsgSmall(Environment& environment, napi_value control) {
  SharedMemory& shared = environment.shared();
  if (shared.length < 0 || static_cast<size_t>(shared.length) > kSmallSend) return kBadCall;
  uint8_t copy[kSmallSend];
  memcpy(copy, shared.small, static_cast<size_t>(shared.length));
  Parts parts(copy, static_cast<size_t>(shared.length));
  return SendParts(environment, parts, ReadBytes(environment.env(), control));
}

// Decodes the control message at `control_position`: 1 and where its data is, or 0 at the end.
int NextControl(Environment& environment) {
  SharedMemory& shared = environment.shared();
  if (shared.control_length < 0 || shared.control_position < 0) return kBadCall;
  const size_t length = std::min(static_cast<size_t>(shared.control_length), kControlSize);
  size_t position = static_cast<size_t>(shared.control_position);
  ControlMessage message;
  if (!DecodeControl(shared.control, length, &position, &message)) return 0;
  shared.control_position = static_cast<int32_t>(position);
  shared.control_level = message.level;
  shared.control_type = message.type;
  shared.control_data_offset = static_cast<int32_t>(message.offset);
  shared.control_data_length = static_cast<int32_t>(message.length);
  return 1;
}

// Writes a control message into (block, position, level, type, data): the position after it.
int WriteControl(Arguments& arguments) {
  const Bytes block = arguments.View(0);
  const Bytes data = arguments.View(4);
  int32_t at, level, type;
  if (!block.ok || !data.ok || !arguments.Int32(1, &at) || !arguments.Int32(2, &level) ||
      !arguments.Int32(3, &type) || at < 0) {
    return kBadCall;
  }
  size_t position = static_cast<size_t>(at);
  if (!EncodeControl(block.data, block.length, &position, level, type, data.data, data.length)) {
    return kBadCall;
  }
  return static_cast<int>(position);
}

// The descriptors that came with the last message have an owner now.
int TakeUntaken(Environment& environment) {
  environment.untaken().Take();
  return environment.shared().untaken = 0;
}

// They have none, and are closed.
int CloseUntaken(Environment& environment) {
  environment.untaken().Close();
  return environment.shared().untaken = 0;
}

}  // namespace

void AddMessage(Exports& exports) {
  exports.AddView<Recvmsg>("recvmsg");
  exports.AddShared<RecvmsgSmall>("recvmsgSmall");
  exports.Add<Sendmsg>("sendmsg");
  exports.AddView<SendmsgSmall>("sendmsgSmall");
  exports.AddShared<NextControl>("nextControl");
  exports.Add<WriteControl>("writeControl");
  exports.AddShared<TakeUntaken>("takeUntaken");
  exports.AddShared<CloseUntaken>("closeUntaken");
}

}  // namespace berkeley
