// Several messages with one call: recvmmsg(2) and sendmmsg(2), or a loop where the system has
// neither.
#pragma once

#include <cstddef>

#include "platform.h"

namespace berkeley {

// A message of a batch: what to do with it, and how many bytes it had.
struct BatchMessage {
  msghdr header;
  unsigned int length;
};

// Receives up to `count` messages, after the first one without a wait. How many came, or -errno
// where none did. `later`: an error that came after the last of them and is the next call's.
int ReceiveMessages(int fd, BatchMessage* messages, size_t count, int flags, int* later);

// Sends up to `count` messages: how many the system took, the last of them perhaps in part; or
// -errno where it took none. After some an error is not told: the next attempt will have it.
int SendMessages(int fd, BatchMessage* messages, size_t count, int flags);

}  // namespace berkeley
