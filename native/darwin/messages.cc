// Receives of messages, one or several: what the system leaves to its callers.
#include "../messages.h"

#include <sys/uio.h>

#include <algorithm>

#include "../control.h"
#include "../syscall.h"
#include "../system.h"

namespace berkeley {

namespace {

// More than can come with one message: a cluster of descriptors, and what options ask for.
constexpr size_t kMostControl = 8192;

// Closes the descriptors of a control message but those in its first `kept` bytes.
void CloseDescriptors(const uint8_t* block, const ControlMessage& message, size_t kept) {
  for (size_t at = kept; at + sizeof(int) <= message.length; at += sizeof(int)) {
    int fd;
    memcpy(&fd, block + message.offset + at, sizeof(fd));
    close(fd);
  }
}

// Copies what has room of the control messages in a block, which is all that came, into `message`,
// and closes the descriptors that have none.
void HandOver(const uint8_t* block, size_t length, int flags, msghdr* message) {
  auto* const to = static_cast<uint8_t*>(message->msg_control);
  const size_t room = to == nullptr ? 0 : message->msg_controllen;
  size_t position = 0;
  size_t written = 0;
  bool is_cut = false;
  ControlMessage one;
  while (DecodeControl(block, length, &position, &one)) {
    const bool has_descriptors = HasDescriptors(one);
    // In place of those of a message that is only looked at there are zeros.
    const bool is_hidden = has_descriptors && (flags & MSG_PEEK) != 0;
    const size_t left = is_hidden ? 0 : room - written;
    size_t taken = left < kControlHeader ? 0 : std::min(one.length, left - kControlHeader);
    if (has_descriptors) taken -= taken % sizeof(int);
    const bool fits =
        left >= kControlHeader && (taken > 0 || one.length == 0) &&
        EncodeControl(to, room, &written, one.level, one.type, block + one.offset, taken);
    if (!fits) taken = 0;
    is_cut = is_cut || !fits || taken < one.length;
    if (has_descriptors && !is_hidden) CloseDescriptors(block, one, taken);
  }
  message->msg_controllen = static_cast<decltype(message->msg_controllen)>(written);
  if (is_cut) message->msg_flags |= MSG_CTRUNC;
}

}  // namespace

int ReceiveMessage(int fd, msghdr* message, int flags) {
  alignas(cmsghdr) uint8_t control[kMostControl];
  msghdr whole = *message;
  whole.msg_control = control;
  whole.msg_controllen = sizeof(control);
  const int result = Answer(recvmsg(fd, &whole, flags));
  if (result < 0) return result;
  message->msg_namelen = whole.msg_namelen;
  message->msg_flags = whole.msg_flags;
  HandOver(control, whole.msg_controllen, flags, message);
  return result;
}

int ReceiveFrom(int fd, void* data, size_t length, int flags, sockaddr* address,
                socklen_t* address_length) {
  iovec part = {data, length};
  msghdr message = {};
  message.msg_name = address;
  message.msg_namelen = address_length == nullptr ? 0 : *address_length;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const int result = ReceiveMessage(fd, &message, flags);
  if (result >= 0 && address_length != nullptr) *address_length = message.msg_namelen;
  return result;
}

int ReceiveMessages(int fd, BatchMessage* messages, size_t count, int flags, int* later) {
  size_t received = 0;
  while (received < count) {
    BatchMessage& message = messages[received];
    const auto receive = [&] { return ReceiveMessage(fd, &message.header, flags); };
    // The first may block, and is ended by a signal.
    const int result = received == 0 ? receive() : Again(receive);
    if (result < 0 && received == 0) return result;
    if (result < 0) {
      if (result != -EAGAIN) *later = result;
      break;
    }
    message.length = static_cast<unsigned>(result);
    received++;
    flags |= MSG_DONTWAIT;
  }
  return static_cast<int>(received);
}

int SendMessages(int fd, BatchMessage* messages, size_t count, int flags) {
  size_t sent = 0;
  while (sent < count) {
    BatchMessage& message = messages[sent];
    const int result = Again([&] { return SendMessage(fd, &message.header, flags); });
    if (result < 0 && sent == 0) return result;
    if (result < 0) break;
    message.length = static_cast<unsigned>(result);
    sent++;
    // The rest of a part has to go before the next message.
    if (static_cast<size_t>(result) < message.header.msg_iov->iov_len) break;
  }
  return static_cast<int>(sent);
}

}  // namespace berkeley
