// recvmmsg(2) and sendmmsg(2): many messages with one call. As in message.cc what a wait could
// change is looked up after it.
#include "batch.h"

#include <sys/uio.h>

#include <algorithm>

#include "control.h"
#include "exports.h"
#include "messages.h"
#include "transfer.h"

namespace berkeley {

namespace {

// So many messages are described to the system at once: on the stack, anew for each call.
constexpr size_t kChunk = 128;

// What a call is told: through the shared memory, copied out of it, and in two views.
class Batch {
 public:
  Batch(Arguments& arguments)
      : environment(arguments.environment()),
        slab_(arguments.Has(0) ? arguments.At(0) : nullptr),
        records_(arguments.Has(1) ? arguments.At(1) : nullptr) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Where the memory is; again once JavaScript may have run. 0 or kBadCall.
  int LookUp() {
    const Bytes slab = ReadBytes(environment.env(), slab_);
    const Bytes records = ReadBytes(environment.env(), records_);
    if (!slab.ok || !records.ok || size <= 0 || room_ < 0 || room_ % kBatchAlign != 0 ||
        reinterpret_cast<uintptr_t>(records.data) % alignof(BatchRecord) != 0) {
      return kBadCall;
    }
    stride_ = sizeof(BatchRecord) + static_cast<size_t>(room_);
    count = records.length / stride_;
    if (count == 0 || slab.length / count < static_cast<size_t>(size)) return kBadCall;
    data_ = slab.data;
    first_ = records.data;
    return 0;
  }
  BatchRecord& record(size_t index) const {
    return *reinterpret_cast<BatchRecord*>(first_ + index * stride_);
  }
  uint8_t* control(size_t index) const { return first_ + index * stride_ + sizeof(BatchRecord); }
  uint8_t* data(size_t index) const { return data_ + index * static_cast<size_t>(size); }
  size_t room() const { return static_cast<size_t>(room_); }

  Environment& environment;
  int fd = environment.shared().fd;
  int flags = environment.shared().flags;
  int mode = environment.shared().mode;
  int32_t size = environment.shared().length;     // bytes of each message
  int32_t offered = environment.shared().offset;  // bytes of the room that a receive may fill
  size_t count = 0;

 private:
  napi_value slab_;
  napi_value records_;
  int32_t room_ = environment.shared().control_room;
  size_t stride_ = 0;
  uint8_t* data_ = nullptr;
  uint8_t* first_ = nullptr;
};

// The messages of one system call.
struct Chunk {
  BatchMessage messages[kChunk];
  iovec parts[kChunk];
  size_t indices[kChunk];  // of those to send, in the batch

  void Describe(size_t at, uint8_t* data, size_t length, BatchRecord& record, size_t name_length,
                uint8_t* control, size_t control_length) {
    parts[at] = {data, length};
    msghdr& header = messages[at].header;
    header = {};
    header.msg_name = name_length > 0 ? &record.address : nullptr;
    header.msg_namelen = static_cast<socklen_t>(name_length);
    header.msg_iov = &parts[at];
    header.msg_iovlen = 1;
    header.msg_control = control_length > 0 ? control : nullptr;
    header.msg_controllen = static_cast<decltype(header.msg_controllen)>(control_length);
  }
};

// The size of the datagrams that the kernel has joined into one message; 0 where it has not.
int32_t SegmentSize(const uint8_t* control, size_t length) {
  size_t position = 0;
  ControlMessage message;
  while (DecodeControl(control, length, &position, &message)) {
    int32_t size;
    if (message.level != IPPROTO_UDP || message.type != kJoinedSegments ||
        message.length < sizeof(size)) {
      continue;
    }
    memcpy(&size, control + message.offset, sizeof(size));
    return size;
  }
  return 0;
}

// Writes down what came with a message. 0 or -ENOMEM.
int Keep(const Batch& batch, size_t index, const BatchMessage& message, int added_flags) {
  const msghdr& header = message.header;
  BatchRecord& record = batch.record(index);
  record.length = static_cast<int32_t>(message.length);
  record.flags = header.msg_flags & ~added_flags;
  record.address_length =
      static_cast<int32_t>(std::min<size_t>(header.msg_namelen, sizeof(record.address)));
  const size_t length = std::min<size_t>(header.msg_controllen, static_cast<size_t>(batch.offered));
  record.control_length = static_cast<int32_t>(length);
  record.segment_size = record.start = record.is_unsent = 0;
  if (length == 0) return 0;
  const uint8_t* control = batch.control(index);
  record.segment_size = SegmentSize(control, length);
  const int noted = batch.environment.untaken().NoteMore(control, length);
  batch.environment.shared().untaken = std::max(noted, 0);
  return std::min(noted, 0);
}

// Up to `count` messages from `first` on: how many, or negative.
int ReceiveChunk(const Batch& batch, size_t first, size_t count, int flags, int* later) {
  Chunk chunk;
  for (size_t at = 0; at < count; at++) {
    const size_t index = first + at;
    BatchRecord& record = batch.record(index);
    chunk.Describe(at, batch.data(index), static_cast<size_t>(batch.size), record,
                   sizeof(record.address), batch.control(index),
                   static_cast<size_t>(batch.offered));
  }
  const int received = Attempt(
      flags, [&] { return ReceiveMessages(batch.fd, chunk.messages, count, flags, later); });
  for (int at = 0; at < received; at++) {
    const int kept =
        Keep(batch, first + static_cast<size_t>(at), chunk.messages[at], flags & ~batch.flags);
    if (kept < 0) return kept;
  }
  return received;
}

// One attempt: what is there, as much as the batch has room for.
int Receive(Batch& batch, const Wait* wait) {
  const int found = wait != nullptr ? batch.LookUp() : 0;
  if (found < 0) return found;
  int flags = ReceiveFlags(batch.flags, wait) | kCloseReceived;
  size_t received = 0;
  for (;;) {
    const size_t count = std::min(kChunk, batch.count - received);
    int later = 0;
    const int result = ReceiveChunk(batch, received, count, flags, &later);
    if (result < 0) return PartOr(batch.environment, received, result);
    received += static_cast<size_t>(result);
    if (later < 0) return PartOr(batch.environment, received, later);
    if (static_cast<size_t>(result) < count || received == batch.count) {
      return static_cast<int>(received);
    }
    flags |= MSG_DONTWAIT;
  }
}

// (slab, records), and as the shared memory says. The messages received, or negative.
int Recvmmsg(Arguments& arguments) {
  Batch batch(arguments);
  Environment& environment = batch.environment;
  SharedMemory& shared = environment.shared();
  environment.untaken().Close();
  shared.untaken = 0;
  if (batch.fd < 0) return -EBADF;
  const int found = batch.LookUp();
  if (found < 0) return found;
  if (batch.offered < 0 || static_cast<size_t>(batch.offered) > batch.room()) return kBadCall;
  const int received = ReceiveOnce(environment, batch.flags, batch.count,
                                   [&](const Wait* wait) { return Receive(batch, wait); });
  // A full batch is bulk transfer: more is there, no need to poll.
  if (received > 0 && static_cast<size_t>(received) == batch.count) shared.poll_first = 0;
  return received;
}

// A send of all messages of a batch that are unsent, in order.
class Sending {
 public:
  explicit Sending(Batch& batch) : batch_(batch) {}

  // One attempt, of which a part may be enough.
  int Attempt(Wait* wait) {
    const int found = wait != nullptr ? batch_.LookUp() : 0;
    if (found < 0) return found;
    const bool fills = (batch_.mode & kFill) != 0;
    for (;;) {
      const size_t count = Gather();
      if (count == 0) return 0;
      const int flags = batch_.flags | MSG_DONTWAIT | kNoSignal;
      const int result =
          Again([&] { return SendMessages(batch_.fd, chunk_.messages, count, flags); });
      if (result < 0) return fills || !has_progressed_ ? result : EndBefore(result);
      const bool is_all = Note(static_cast<size_t>(result)) && static_cast<size_t>(result) == count;
      if (wait != nullptr) wait->Progressed();
      // Where all shall go, the next turn finds out why the rest did not.
      if (!is_all && !fills) return 0;
    }
  }
  size_t sent() const { return sent_; }

 private:
  // The next messages to send: how many.
  size_t Gather() {
    size_t count = 0;
    for (size_t index = next_; index < batch_.count && count < kChunk; index++) {
      BatchRecord& record = batch_.record(index);
      if (record.is_unsent == 0) continue;
      const size_t start = Within(record.start, static_cast<size_t>(batch_.size));
      const size_t end = Within(record.length, static_cast<size_t>(batch_.size));
      chunk_.indices[count] = index;
      chunk_.Describe(count++, batch_.data(index) + start, end > start ? end - start : 0, record,
                      Within(record.address_length, sizeof(record.address)), batch_.control(index),
                      Within(record.control_length, batch_.room()));
    }
    return count;
  }
  static size_t Within(int32_t value, size_t most) {
    return std::min(static_cast<size_t>(std::max(value, 0)), most);
  }
  // The kernel has taken the first `count` messages of the chunk: whether the last of them wholly.
  bool Note(size_t count) {
    has_progressed_ = true;
    for (size_t at = 0; at < count; at++) {
      BatchRecord& record = batch_.record(chunk_.indices[at]);
      const size_t taken = chunk_.messages[at].length;
      next_ = chunk_.indices[at];
      if (taken < chunk_.parts[at].iov_len) {
        record.start += static_cast<int32_t>(taken);
        // Descriptors went with the first part.
        record.control_length = static_cast<int32_t>(
            RemoveDescriptors(batch_.control(next_), Within(record.control_length, batch_.room())));
        return false;
      }
      record.start = record.is_unsent = 0;
      next_++;
      sent_++;
    }
    return true;
  }
  // An error after a part is the next call's.
  int EndBefore(int result) {
    if (result != -EAGAIN) batch_.environment.shared().deferred_error = result;
    return 0;
  }

  Batch& batch_;
  Chunk chunk_;
  size_t next_ = 0;  // no message before it is unsent
  size_t sent_ = 0;
  bool has_progressed_ = false;
};

// (slab, records), and as the shared memory says. The messages sent; with kFill all that there
// are; or negative.
int Sendmmsg(Arguments& arguments) {
  Batch batch(arguments);
  Environment& environment = batch.environment;
  if (batch.fd < 0) return -EBADF;
  const int found = batch.LookUp();
  if (found < 0) return found;
  Sending sending(batch);
  bool waited = false;
  const int result =
      AttemptThenWait(environment, Waiting::For(environment.shared(), POLLOUT), false, &waited,
                      [&](Wait* wait) { return sending.Attempt(wait); });
  return result >= 0 ? static_cast<int>(sending.sent())
                     : PartOr(environment, sending.sent(), result);
}

}  // namespace

void AddBatch(Exports& exports) {
  exports.Add<Recvmmsg>("recvmmsg");
  exports.Add<Sendmmsg>("sendmmsg");
}

}  // namespace berkeley
