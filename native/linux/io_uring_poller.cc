// The poller over io_uring(7): a multishot poll request for each descriptor, which posts a
// completion at each edge.
#include "io_uring_poller.h"

#include "io_uring_ring.h"

#ifdef BERKELEY_HAS_IO_URING

#include <algorithm>
#include <new>
#include <vector>

#include "../platform.h"
#include "../syscall.h"

namespace berkeley {

namespace {

constexpr uint32_t kSubmissions = 256;
constexpr uint32_t kCompletions = 4096;
constexpr uint8_t kOperations[] = {IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL};

// What a completion is of, in the highest bits of its user data.
enum class Kind : uint32_t { kNothing = 0, kPoll = 1 };
constexpr uint32_t kSerials = (1u << 28) - 1;

uint64_t DataOf(Kind kind, uint32_t serial, int fd) {
  return static_cast<uint64_t>(kind) << 60 | static_cast<uint64_t>(serial) << 32 |
         static_cast<uint32_t>(fd);
}

short EventsFor(int32_t interest) {
  short events = 0;
  if (interest & kReadable) events |= POLLIN | POLLRDHUP | POLLPRI;
  if (interest & kWritable) events |= POLLOUT;
  return events;
}

int32_t ReadinessOf(int events) {
  int32_t readiness = 0;
  if (events & POLLIN) readiness |= kReadable;
  // Not readable: an attempt to receive other data would throw the urgent byte away.
  if (events & POLLPRI) readiness |= kUrgent;
  if (events & POLLOUT) readiness |= kWritable;
  if (events & POLLRDHUP) readiness |= kReadable | kHungUp;
  if (events & POLLHUP) readiness |= kReadable | kWritable | kHungUp;
  if (events & POLLERR) readiness |= kReadable | kWritable | kFailed;
  return readiness;
}

class UringPoller : public Poller {
 public:
  ~UringPoller() override;

  // 0 or -errno.
  int Open();

  PollerKind kind() const override { return PollerKind::kUring; }
  int fd() const override { return ring_.event_fd(); }
  int Watch(int fd, int32_t generation, int32_t before, int32_t interest) override;
  int Take(ReadyEvent* events, int most) override;
  void Begin() override;
  void End() override;

 private:
  // What is watched of a descriptor. Its request holds the file open.
  struct Entry {
    int32_t generation = 0;
    uint32_t serial = 0;  // of the request; completions of earlier ones count no more
    int32_t interest = 0;
    int32_t error = 0;  // -errno: why the request has ended
    bool is_pending = false;
  };
  // A completion that Take() has not told.
  struct Told {
    int fd;
    uint32_t serial;
    int events;
  };

  bool Add(int fd);
  void Remove(int fd);
  void Reap();
  void OnPoll(int fd, uint32_t serial, int result, bool is_last);
  void LookAgain(size_t count);

  Ring ring_;
  std::vector<Entry> entries_;  // by descriptor
  std::vector<Told> told_;
  std::vector<pollfd> looks_;
  size_t pending_ = 0;  // requests under way
  uint32_t last_serial_ = 0;
  bool is_inside_ = false;  // between Begin() and End()
};

int UringPoller::Open() {
  const int result = ring_.Open(kSubmissions, kCompletions);
  if (result < 0) return result;
  return ring_.Supports(kOperations, std::size(kOperations)) ? 0 : -ENOSYS;
}

// The kernel would end what is under way in its own time, and close the files only then.
UringPoller::~UringPoller() {
  if (ring_.fd() < 0) return;
  told_.clear();
  for (size_t fd = 0; fd < entries_.size(); fd++) {
    if (entries_[fd].is_pending) Remove(static_cast<int>(fd));
  }
}

// Asks for `fd` as its entry says. False where the kernel takes no request.
bool UringPoller::Add(int fd) {
  Entry& entry = entries_[static_cast<size_t>(fd)];
  io_uring_sqe* submission = ring_.Next();
  if (submission == nullptr) return false;
  last_serial_ = (last_serial_ + 1) & kSerials;
  entry.serial = last_serial_;
  entry.error = 0;
  entry.is_pending = true;
  pending_++;
  submission->opcode = IORING_OP_POLL_ADD;
  submission->fd = fd;
  submission->len = IORING_POLL_ADD_MULTI;
  submission->user_data = DataOf(Kind::kPoll, entry.serial, fd);
  submission->poll32_events = static_cast<uint16_t>(EventsFor(entry.interest));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  submission->poll32_events = submission->poll32_events << 16 | submission->poll32_events >> 16;
#endif
  return true;
}

// Ends the request of `fd`, and waits until it has let go of the file.
void UringPoller::Remove(int fd) {
  const uint32_t serial = entries_[static_cast<size_t>(fd)].serial;
  if (io_uring_sqe* submission = ring_.Next()) {
    submission->opcode = IORING_OP_ASYNC_CANCEL;
    submission->fd = -1;
    submission->addr = DataOf(Kind::kPoll, serial, fd);
  }
  const auto is_pending = [&] { return entries_[static_cast<size_t>(fd)].is_pending; };
  // Others may be before it.
  for (size_t left = pending_ + 1; is_pending() && left > 0; left--) {
    if (ring_.Enter() < 0) break;
    Reap();
  }
  if (is_pending()) pending_--;
  entries_[static_cast<size_t>(fd)] = Entry();
}

int UringPoller::Watch(int fd, int32_t generation, int32_t, int32_t interest) {
  if (fd < 0) return -EBADF;
  const size_t index = static_cast<size_t>(fd);
  if (index >= entries_.size()) {
    if (interest == 0) return -ENOENT;
    try {
      entries_.resize(index + index / 2 + 64);
    } catch (const std::bad_alloc&) {
      return -ENOMEM;
    }
  }
  int result = entries_[index].is_pending ? 0 : -ENOENT;
  // Also what an earlier owner of the number has left.
  if (result == 0) Remove(fd);
  if (interest != 0) {
    entries_[index].generation = generation;
    entries_[index].interest = interest;
    result = Add(fd) ? ring_.Enter() : -EBUSY;
    Reap();
    if (result == 0) result = entries_[index].error;
  }
  if (!is_inside_ && (!told_.empty() || ring_.HasCompletions())) ring_.Signal();
  return result;
}

void UringPoller::Reap() {
  ring_.Reap([this](uint64_t data, int32_t result, uint32_t flags) {
    if (static_cast<Kind>(data >> 60) != Kind::kPoll) return;
    OnPoll(static_cast<int>(data), static_cast<uint32_t>(data >> 32) & kSerials, result,
           (flags & IORING_CQE_F_MORE) == 0);
  });
}

void UringPoller::OnPoll(int fd, uint32_t serial, int result, bool is_last) {
  Entry& entry = entries_[static_cast<size_t>(fd)];
  if (entry.serial != serial || !entry.is_pending) return;
  if (is_last) {
    entry.is_pending = false;
    pending_--;
    entry.error = result < 0 ? result : 0;
    // The kernel had no room for its completions.
    if (result >= 0) Add(fd);
  }
  if (result > 0) {
    try {
      told_.push_back({fd, entry.serial, result});
    } catch (const std::bad_alloc&) {
      // As if it had not happened; there is no memory to go on with in any case.
    }
  }
}

// Of most wake-ups a completion says what may be there: data of any sort. What is, poll(2) says, at
// once for all of the first `count`.
void UringPoller::LookAgain(size_t count) {
  constexpr int kAnySort = POLLIN | POLLPRI;
  looks_.clear();
  for (size_t i = 0; i < count; i++) {
    const Told& told = told_[i];
    if ((told.events & kAnySort) != kAnySort) continue;
    const short events = EventsFor(entries_[static_cast<size_t>(told.fd)].interest);
    looks_.push_back({told.fd, events, 0});
  }
  if (looks_.empty() || Checked([&] { return poll(looks_.data(), looks_.size(), 0); }) < 0) return;
  auto look = looks_.begin();
  for (size_t i = 0; i < count; i++) {
    Told& told = told_[i];
    if ((told.events & kAnySort) == kAnySort) {
      told.events = (told.events & ~kAnySort) | ((look++)->revents & ~POLLNVAL);
    }
  }
}

int UringPoller::Take(ReadyEvent* events, int most) {
  const size_t room = static_cast<size_t>(std::min(most, kMostEvents));
  Reap();
  while (told_.size() < room && ring_.IsDue()) {
    if (ring_.Enter() < 0) break;
    Reap();
  }
  const size_t count = std::min(told_.size(), room);
  LookAgain(count);
  int written = 0;
  for (size_t i = 0; i < count; i++) {
    const Told& told = told_[i];
    const Entry& entry = entries_[static_cast<size_t>(told.fd)];
    if (entry.serial != told.serial || !entry.is_pending) continue;
    // The end of reading is told unasked, too.
    const int asked = EventsFor(entry.interest) | POLLHUP | POLLERR;
    const int32_t readiness = ReadinessOf(told.events & asked);
    if (readiness != 0) events[written++] = {told.fd, entry.generation, readiness};
  }
  told_.erase(told_.begin(), told_.begin() + static_cast<ptrdiff_t>(count));
  return written;
}

void UringPoller::Begin() {
  is_inside_ = true;
  // What comes meanwhile is found by End().
  ring_.TellOfCompletions(false);
  ring_.ClearSignal();
}

void UringPoller::End() {
  is_inside_ = false;
  ring_.TellOfCompletions(true);
  // Most that seems due is no news, and waking the event loop for it would cost more.
  if (told_.empty() && ring_.IsDue() && ring_.Enter() == 0) Reap();
  if (!told_.empty() || ring_.HasCompletions()) ring_.Signal();
}

}  // namespace

int OpenUringPoller(std::unique_ptr<Poller>* poller) {
  std::unique_ptr<UringPoller> opened(new (std::nothrow) UringPoller());
  if (opened == nullptr) return -ENOMEM;
  const int result = opened->Open();
  if (result == 0) *poller = std::move(opened);
  return result;
}

}  // namespace berkeley

#else

#include <cerrno>

namespace berkeley {

int OpenUringPoller(std::unique_ptr<Poller>*) { return -ENOSYS; }

}  // namespace berkeley

#endif
