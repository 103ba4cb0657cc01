// The pollers of Linux; the one over epoll(7).
#include <sys/epoll.h>

#include <algorithm>
#include <new>

#include "../platform.h"
#include "../poller.h"
#include "../syscall.h"
#include "io_uring_poller.h"

namespace berkeley {

namespace {

epoll_event EventFor(int fd, int32_t generation, int32_t interest) {
  epoll_event event = {};
  event.events = EPOLLET;
  if (interest & kReadable) event.events |= EPOLLIN | EPOLLRDHUP | EPOLLPRI;
  if (interest & kWritable) event.events |= EPOLLOUT;
  event.data.u64 =
      static_cast<uint64_t>(static_cast<uint32_t>(generation)) << 32 | static_cast<uint32_t>(fd);
  return event;
}

int32_t ReadinessOf(uint32_t events) {
  int32_t readiness = 0;
  if (events & EPOLLIN) readiness |= kReadable;
  // Not readable: an attempt to receive other data would throw the urgent byte away.
  if (events & EPOLLPRI) readiness |= kUrgent;
  if (events & EPOLLOUT) readiness |= kWritable;
  if (events & EPOLLRDHUP) readiness |= kReadable | kHungUp;
  if (events & EPOLLHUP) readiness |= kReadable | kWritable | kHungUp;
  if (events & EPOLLERR) readiness |= kReadable | kWritable | kFailed;
  return readiness;
}

class EpollPoller : public Poller {
 public:
  ~EpollPoller() override {
    if (fd_ >= 0) close(fd_);
  }

  // 0 or -errno.
  int Open() {
    fd_ = Checked([] { return epoll_create1(EPOLL_CLOEXEC); });
    return fd_ < 0 ? fd_ : 0;
  }

  int fd() const override { return fd_; }
  int Watch(int fd, int32_t generation, int32_t before, int32_t interest) override;
  int Take(ReadyEvent* events, int most) override;

 private:
  int fd_ = -1;
};

int EpollPoller::Watch(int fd, int32_t generation, int32_t before, int32_t interest) {
  epoll_event event = EventFor(fd, generation, interest);
  if (interest == 0) return Checked([&] { return epoll_ctl(fd_, EPOLL_CTL_DEL, fd, &event); });
  if (before == 0) {
    const int result = Checked([&] { return epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event); });
    // Left by an earlier owner of the number, whose open file lives on in a duplicate.
    if (result != -EEXIST) return result;
  }
  return Checked([&] { return epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event); });
}

int EpollPoller::Take(ReadyEvent* events, int most) {
  epoll_event found[kMostEvents];
  const int count = Checked([&] { return epoll_wait(fd_, found, std::min(most, kMostEvents), 0); });
  for (int i = 0; i < count; i++) {
    const uint64_t data = found[i].data.u64;
    events[i] = {static_cast<int32_t>(data), static_cast<int32_t>(data >> 32),
                 ReadinessOf(found[i].events)};
  }
  return count;
}

}  // namespace

int Poller::Open(PollerKind kind, std::unique_ptr<Poller>* poller) {
  if (kind == PollerKind::kUring) return OpenUringPoller(poller);
  std::unique_ptr<EpollPoller> opened(new (std::nothrow) EpollPoller());
  if (opened == nullptr) return -ENOMEM;
  const int result = opened->Open();
  if (result == 0) *poller = std::move(opened);
  return result;
}

}  // namespace berkeley
