#include "../kernel_queue.h"

#include <sys/event.h>

#include <memory>
#include <new>

#include "../syscall.h"

namespace berkeley {

namespace {

// So many events are received on the stack.
constexpr int kFew = 64;

timespec ToTimespec(int64_t ns) {
  return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

struct kevent ToSystem(const KernelEvent& event) {
  struct kevent result;
  EV_SET(&result, static_cast<uintptr_t>(event.ident), static_cast<int16_t>(event.filter),
         static_cast<uint16_t>(event.flags), static_cast<uint32_t>(event.fflags),
         static_cast<intptr_t>(event.data),
         reinterpret_cast<void*>(static_cast<uintptr_t>(event.udata)));
  return result;
}

KernelEvent FromSystem(const struct kevent& event) {
  return {static_cast<double>(event.ident),
          static_cast<double>(event.filter),
          static_cast<double>(event.flags),
          static_cast<double>(event.fflags),
          static_cast<double>(event.data),
          static_cast<double>(reinterpret_cast<uintptr_t>(event.udata))};
}

// One registration of a watch. What the descriptor has no such news of (a regular file, a pipe
// with no urgent data) is left out.
int Add(int queue, int fd, int16_t filter, uint32_t fflags) {
  struct kevent change;
  EV_SET(&change, static_cast<uintptr_t>(fd), filter, EV_ADD | EV_CLEAR, fflags, 0, nullptr);
  const int result = Checked([&] { return kevent(queue, &change, 1, nullptr, 0, nullptr); });
  return result == -EBADF || result == -ENOMEM ? result : 0;
}

int AddTarget(int queue, const pollfd& target) {
  // A hang-up is news of reading; it is told whatever is asked.
  int result = Add(queue, target.fd, EVFILT_READ, 0);
  if (result == 0 && (target.events & (POLLOUT | POLLWRNORM | POLLWRBAND))) {
    result = Add(queue, target.fd, EVFILT_WRITE, 0);
  }
  if (result == 0 && (target.events & (POLLPRI | POLLRDBAND))) {
    result = Add(queue, target.fd, EVFILT_EXCEPT, NOTE_OOB);
  }
  return result;
}

}  // namespace

int OpenEpoll() { return -ENOSYS; }

int ControlEpoll(int, EpollChange, int, uint32_t) { return -ENOSYS; }

int WaitEpoll(int, DescriptorEvents*, int, int64_t) { return -ENOSYS; }

int OpenKqueue() {
  const int queue = Checked([] { return kqueue(); });
  if (queue >= 0) fcntl(queue, F_SETFD, FD_CLOEXEC);
  return queue;
}

int ControlKqueue(int queue, const KernelEvent* changes, int change_count, KernelEvent* events,
                  int event_count, int64_t most_ns) {
  const size_t room = static_cast<size_t>(change_count) + static_cast<size_t>(event_count);
  struct kevent few[kFew];
  std::unique_ptr<struct kevent[]> many;
  struct kevent* in = few;
  if (room > kFew) {
    many.reset(new (std::nothrow) struct kevent[room]);
    if (many == nullptr) return -ENOMEM;
    in = many.get();
  }
  struct kevent* out = in + change_count;
  for (int i = 0; i < change_count; i++) in[i] = ToSystem(changes[i]);
  const timespec most = ToTimespec(most_ns);
  const int ready = kevent(queue, in, change_count, out, event_count, &most);
  if (ready < 0) return -errno;
  for (int i = 0; i < ready; i++) events[i] = FromSystem(out[i]);
  return ready;
}

// What poll(2) is made of does not ask for it.
bool HasUnpolledUrgentData(int fd) {
  const int queue = OpenKqueue();
  if (queue < 0) return false;
  struct kevent event;
  EV_SET(&event, static_cast<uintptr_t>(fd), EVFILT_EXCEPT, EV_ADD, NOTE_OOB, 0, nullptr);
  const timespec now = {0, 0};
  // The filter tells of other data, too.
  const bool is_urgent = kevent(queue, &event, 1, &event, 1, &now) == 1 &&
                         (event.flags & (EV_ERROR | EV_EOF)) == 0 && (event.fflags & NOTE_OOB) != 0;
  close(queue);
  return is_urgent;
}

int WatchTargets(const pollfd* targets, size_t count) {
  const int queue = OpenKqueue();
  if (queue < 0) return queue;
  for (size_t i = 0; i < count; i++) {
    const int result = AddTarget(queue, targets[i]);
    if (result < 0) {
      close(queue);
      return result;
    }
  }
  return queue;
}

int DrainWatch(int queue) {
  const timespec now = {0, 0};
  struct kevent room[kFew];
  int result;
  do {
    result = Checked([&] { return kevent(queue, nullptr, 0, room, kFew, &now); });
  } while (result == kFew);
  return result < 0 ? result : 0;
}

}  // namespace berkeley
