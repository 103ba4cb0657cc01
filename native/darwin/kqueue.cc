// The poller over kqueue(2).
#include <sys/event.h>

#include <algorithm>

#include "../platform.h"
#include "../poller.h"
#include "../syscall.h"

namespace berkeley {

namespace {

struct kevent ChangeFor(int fd, int16_t filter, uint16_t action, int32_t generation) {
  struct kevent change;
  EV_SET(&change, static_cast<uintptr_t>(fd), filter, action, 0, 0,
         reinterpret_cast<void*>(static_cast<intptr_t>(generation)));
  return change;
}

int32_t ReadinessOf(const struct kevent& event) {
  int32_t readiness = event.filter == EVFILT_WRITE ? kWritable : kReadable;
#ifdef EV_OOBAND
  if (event.flags & EV_OOBAND) readiness |= kUrgent;
#endif
  if (event.flags & EV_EOF) {
    // Of the reading half: the peer has finished. Of the writing half: nothing can be sent any
    // more.
    readiness |= kReadable | kHungUp;
    if (event.fflags != 0) readiness |= kWritable | kFailed;
  }
  return readiness;
}

}  // namespace

Poller::~Poller() {
  if (fd_ >= 0) close(fd_);
}

int Poller::Open() {
  fd_ = Checked([] { return kqueue(); });
  if (fd_ < 0) return fd_;
  fcntl(fd_, F_SETFD, FD_CLOEXEC);
  return 0;
}

int Poller::Watch(int fd, int32_t generation, int32_t before, int32_t interest) {
  static constexpr struct {
    int32_t readiness;
    int16_t filter;
  } kFilters[] = {{kReadable, EVFILT_READ}, {kWritable, EVFILT_WRITE}};
  struct kevent changes[2];
  int count = 0;
  for (const auto& [readiness, filter] : kFilters) {
    if (interest & readiness) {
      changes[count++] = ChangeFor(fd, filter, EV_ADD | EV_CLEAR, generation);
    } else if (before & readiness) {
      changes[count++] = ChangeFor(fd, filter, EV_DELETE, generation);
    }
  }
  const int result = Checked([&] { return kevent(fd_, changes, count, nullptr, 0, nullptr); });
  return result < 0 ? result : 0;
}

int Poller::Take(ReadyEvent* events, int most) {
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

}  // namespace berkeley
