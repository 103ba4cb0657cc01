#include "../messages.h"

#include "../syscall.h"
#include "../system.h"

namespace berkeley {

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
