#include "../kernel_queue.h"

#include <sys/epoll.h>

#include <memory>
#include <new>

#include "../syscall.h"

namespace berkeley {

namespace {

// So many events are received on the stack.
constexpr int kFew = 1024;

int ToMilliseconds(int64_t ns) { return static_cast<int>((ns + 999'999) / 1'000'000); }

int WaitInto(int epoll, epoll_event* room, DescriptorEvents* events, int count, int64_t most_ns) {
  const int ready = epoll_wait(epoll, room, count, ToMilliseconds(most_ns));
  if (ready < 0) return -errno;
  for (int i = 0; i < ready; i++) events[i] = {room[i].data.fd, room[i].events};
  return ready;
}

}  // namespace

int OpenEpoll() {
  return Checked([] { return epoll_create1(EPOLL_CLOEXEC); });
}

int ControlEpoll(int epoll, EpollChange change, int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  const int operation = change == EpollChange::kAdd      ? EPOLL_CTL_ADD
                        : change == EpollChange::kModify ? EPOLL_CTL_MOD
                                                         : EPOLL_CTL_DEL;
  return Checked([&] { return epoll_ctl(epoll, operation, fd, &event); });
}

int WaitEpoll(int epoll, DescriptorEvents* events, int count, int64_t most_ns) {
  if (count <= kFew) {
    epoll_event room[kFew];
    return WaitInto(epoll, room, events, count, most_ns);
  }
  const std::unique_ptr<epoll_event[]> room(new (std::nothrow) epoll_event[count]);
  return room == nullptr ? -ENOMEM : WaitInto(epoll, room.get(), events, count, most_ns);
}

int OpenKqueue() { return -ENOSYS; }

int ControlKqueue(int, const KernelEvent*, int, KernelEvent*, int, int64_t) { return -ENOSYS; }

bool HasUnpolledUrgentData(int) { return false; }

int WatchTargets(const pollfd* targets, size_t count) {
  const int queue = OpenEpoll();
  if (queue < 0) return queue;
  for (size_t i = 0; i < count; i++) {
    const uint32_t events = static_cast<uint16_t>(targets[i].events) | EPOLLET;
    const int result = ControlEpoll(queue, EpollChange::kAdd, targets[i].fd, events);
    // EPERM: a file that is always ready.
    if (result < 0 && result != -EPERM) {
      close(queue);
      return result;
    }
  }
  return queue;
}

int DrainWatch(int queue) {
  epoll_event room[kFew];
  int result;
  do {
    result = Checked([&] { return epoll_wait(queue, room, kFew, 0); });
  } while (result == kFew);
  return result < 0 ? result : 0;
}

}  // namespace berkeley
