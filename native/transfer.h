// How receives and sends wait, whatever system call moves the bytes: what recv(2) and recvmsg(2),
// send(2) and sendmsg(2) share.
#pragma once

#include "wait.h"

namespace berkeley {

// After a receive that had to wait, so many receives poll or block before they try. Then one tries
// first again, to learn whether data comes without waiting now. To block for what is there costs
// little, to poll for it a system call. lib/handle.ts keeps a byte for what is left of a run.
constexpr int32_t kPollFirstRun = 16;
constexpr int32_t kBlockFirstRun = 128;
static_assert(kPollFirstRun <= 255 && kBlockFirstRun <= 255);
// A full buffer of at least so many bytes is bulk transfer: more is there, no need to poll.
constexpr int32_t kBulkSize = 4096;

// An error that came after a part was transferred: the part is this call's result, and the error
// the next call's, because the kernel tells it once.
inline int PartOr(Environment& environment, size_t part, int result) {
  if (part == 0 || result == kTerminated) return result;
  const bool is_kernels = result < 0 && result > kTimedOut && result != -EAGAIN && result != -EINTR;
  if (is_kernels) environment.shared().deferred_error = result;
  return static_cast<int>(part);
}

// The flags of an attempt to receive. `wait` tells whether it shall block, and of a datagram socket
// whose reading is shut down: the kernel has an end-of-stream answer for a call that may block, and
// EAGAIN for ever for one that may not.
inline int ReceiveFlags(int flags, const Wait* wait) {
  const bool may_block =
      wait != nullptr && (wait->blocks() || (wait->blocking() && wait->read_hung_up()));
  return flags | (may_block ? 0 : MSG_DONTWAIT);
}

// Likewise of an attempt to send.
inline int SendFlags(int flags, const Wait* wait) {
  return flags | kNoSignal | (wait != nullptr && wait->blocks() ? 0 : MSG_DONTWAIT);
}

// A system call with these flags, again where a signal came; but one that blocks shall be ended by
// signals.
template <typename Call>
inline int Attempt(int flags, Call call) {
  return (flags & MSG_DONTWAIT) != 0 ? Again(call) : call();
}

// What a blocking receive with MSG_WAITALL does on a stream: until `size` bytes are there, the
// stream ends or an error comes; what has arrived by then is the result. `attempt(skip, wait)`
// receives behind the first `skip` bytes; `ends()` whether what it received is the end of a message
// all the same. `is_plain`: it never is, so that the kernel can be left to it.
template <typename Attempt, typename Ends>
int ReceiveUntilFull(Environment& environment, int flags, size_t size, bool is_plain,
                     Attempt attempt, Ends ends) {
  const bool peek = (flags & MSG_PEEK) != 0;
  Wait wait(environment, Waiting::For(environment.shared(), POLLIN));
  size_t received = 0;
  bool has_waited = false;
  if (is_plain && !peek && wait.can_block()) {
    // The kernel knows best when to come back.
    const int result = wait.Block([&](const Wait* inside) { return attempt(0, inside); });
    if (result == 0 || (result < 0 && result != -EAGAIN)) return result;
    if (result > 0) {
      received = static_cast<size_t>(result);
      wait.Progressed();
      if (received >= size) return result;
    }
    has_waited = true;
  }
  for (;;) {
    const size_t skip = peek ? 0 : received;
    int result = attempt(skip, has_waited ? &wait : nullptr);
    if (result == 0 || (result < 0 && result != -EAGAIN)) {
      return PartOr(environment, received, result);
    }
    if (result > 0) {
      received = skip + static_cast<size_t>(result);
      wait.Progressed();
      if (ends()) return static_cast<int>(received);
    }
    if (received >= size) return static_cast<int>(received);
    // Peeked bytes stay, so poll(2) would answer at once: look again after a pause.
    const bool peeked = peek && received > 0;
    if (peeked && wait.AtEnd()) return static_cast<int>(received);
    result = peeked ? wait.Pause() : wait.UntilReady();
    if (result < 0) return PartOr(environment, received, result);
    has_waited = true;
  }
}

// One receive of at most `size` bytes, which learns whether the next ones shall poll first.
template <typename Attempt>
int ReceiveOnce(Environment& environment, int flags, size_t size, Attempt attempt) {
  SharedMemory& shared = environment.shared();
  bool waited = false;
  const int32_t run = shared.poll_first;
  // Urgent data is there before poll(2) says so, and with a timeout poll(2) comes first.
  const bool poll_first = run > 0 || (flags & MSG_OOB) != 0;
  const Waiting waiting = Waiting::For(shared, POLLIN).Blocking((flags & MSG_OOB) == 0);
  const int result = AttemptThenWait(environment, waiting, poll_first, &waited, attempt);
  if (waited) {
    shared.poll_first = waiting.timeout_ns < 0 ? kBlockFirstRun : kPollFirstRun;
  } else if (run > 0) {
    const bool bulk = result >= kBulkSize && static_cast<size_t>(result) == size;
    shared.poll_first = bulk ? 0 : run - 1;
  } else {
    shared.poll_first = run;
  }
  shared.has_interrupt_handler = -1;  // said for this call
  return result;
}

}  // namespace berkeley
