// The poller over kqueue(2).
#include <sys/event.h>

#include <algorithm>
#include <new>

#include "../platform.h"
#include "../poller.h"
#include "../syscall.h"

namespace berkeley {

namespace {

// One change: 0 or -errno.
int Change(int queue, int fd, int16_t filter, uint16_t action, int32_t generation) {
  struct kevent change;
  // Of urgent data the filter tells only where it is told to.
  const uint32_t hints = filter == EVFILT_READ ? NOTE_OOB : 0;
  EV_SET(&change, static_cast<uintptr_t>(fd), filter, action, hints, 0,
         reinterpret_cast<void*>(static_cast<intptr_t>(generation)));
  return Checked([&] { return kevent(queue, &change, 1, nullptr, 0, nullptr); });
}

// Hang-ups are told by direction: a socket that is shut for writing may receive all the same.
int32_t ReadinessOf(const struct kevent& event) {
  const bool is_over = (event.flags & EV_EOF) != 0;
  int32_t readiness = event.filter == EVFILT_WRITE ? kWritable : kReadable;
  // With the end there is an errno in its place.
  if (!is_over && event.filter == EVFILT_READ && (event.fflags & NOTE_OOB)) readiness |= kUrgent;
  if (is_over && event.filter == EVFILT_READ) readiness |= kHungUp;
  // With the end comes the error that is pending: whoever asks first has it.
  if (is_over && event.fflags != 0) readiness |= kReadable | kWritable | kFailed;
  return readiness;
}

class KqueuePoller : public Poller {
 public:
  ~KqueuePoller() override {
    if (fd_ >= 0) close(fd_);
  }

  // 0 or -errno.
  int Open() {
    fd_ = Checked([] { return kqueue(); });
    if (fd_ < 0) return fd_;
    fcntl(fd_, F_SETFD, FD_CLOEXEC);
    return 0;
  }

  int fd() const override { return fd_; }
  int Watch(int fd, int32_t generation, int32_t before, int32_t interest) override;
  int Take(ReadyEvent* events, int most) override;

 private:
  int fd_ = -1;
};

int KqueuePoller::Watch(int fd, int32_t generation, int32_t before, int32_t interest) {
  static constexpr struct {
    int32_t readiness;
    int16_t filter;
  } kFilters[] = {{kReadable, EVFILT_READ}, {kWritable, EVFILT_WRITE}};
  int result = 0;
  // One at a time: kevent(2) stops at a change that fails.
  for (const auto& [readiness, filter] : kFilters) {
    int changed = 0;
    if (interest & readiness) {
      changed = Change(fd_, fd, filter, EV_ADD | EV_CLEAR, generation);
    } else if (before & readiness) {
      changed = Change(fd_, fd, filter, EV_DELETE, generation);
      // It is not watched, as it shall be.
      if (changed == -ENOENT) changed = 0;
    }
    if (result == 0) result = changed;
  }
  return result;
}

int KqueuePoller::Take(ReadyEvent* events, int most) {
  struct kevent found[kMostEvents];
  const timespec now = {0, 0};
  const int count =
      Checked([&] { return kevent(fd_, nullptr, 0, found, std::min(most, kMostEvents), &now); });
  for (int i = 0; i < count; i++) {
    events[i] = {static_cast<int32_t>(found[i].ident),
                 static_cast<int32_t>(reinterpret_cast<intptr_t>(found[i].udata)),
                 ReadinessOf(found[i])};
  }
  return count;
}

}  // namespace

int Poller::Open(PollerKind kind, std::unique_ptr<Poller>* poller) {
  if (kind != PollerKind::kSystem) return -ENOSYS;
  std::unique_ptr<KqueuePoller> opened(new (std::nothrow) KqueuePoller());
  if (opened == nullptr) return -ENOMEM;
  const int result = opened->Open();
  if (result == 0) *poller = std::move(opened);
  return result;
}

}  // namespace berkeley
