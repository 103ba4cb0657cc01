// kqueue(2) over epoll(7): enough of it to run this package's sources for macOS in tests on Linux.
//
// A queue is an epoll descriptor, with one edge-triggered registration per descriptor for all of
// its filters. A filter without EV_CLEAR is told again as long as it holds: its registration is set
// anew after each report, which makes epoll look again.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/event.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>

// The system's own: see __wrap_close() and its kin.
extern "C" int __real_close(int fd);
extern "C" int __real_shutdown(int fd, int how);
extern "C" ssize_t __real_sendto(int fd, const void* data, size_t length, int flags,
                                 const sockaddr* address, socklen_t address_length);
extern "C" ssize_t __real_sendmsg(int fd, const msghdr* message, int flags);

namespace {

// So many descriptors are told of at a time.
constexpr int kMost = 1024;

using Filters = std::map<int16_t, struct kevent>;

struct Queue {
  std::map<uintptr_t, Filters> registered;  // by ident
  std::map<uintptr_t, int> users;           // an eventfd for each ident of EVFILT_USER
};

std::mutex mutex;
std::map<int, Queue> queues;  // by descriptor
std::set<int> shut;           // sockets that are shut for writing, of which epoll tells nothing

bool AsksUrgent(const struct kevent& registered) {
  return registered.filter == EVFILT_READ && (registered.fflags & NOTE_OOB) != 0;
}

uint32_t InterestOf(const Filters& filters) {
  uint32_t events = EPOLLET;
  for (const auto& [filter, registered] : filters) {
    if (filter == EVFILT_READ) events |= EPOLLIN | EPOLLRDHUP;
    if (AsksUrgent(registered)) events |= EPOLLPRI;
    if (filter == EVFILT_WRITE) events |= EPOLLOUT;
    if (filter == EVFILT_EXCEPT) events |= EPOLLPRI;
  }
  return events;
}

// Sets what epoll is to look at, which also makes it look. 0 or an errno.
int Arm(int epoll, int fd, const Filters& filters) {
  epoll_event event = {};
  event.events = InterestOf(filters);
  event.data.fd = fd;
  if (filters.empty()) return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event) == 0 ? 0 : errno;
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  if (errno != ENOENT) return errno;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

int ChangeUser(int epoll, Queue& queue, const struct kevent& change) {
  auto found = queue.users.find(change.ident);
  if ((change.flags & EV_ADD) && found == queue.users.end()) {
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    found = queue.users.emplace(change.ident, fd).first;
    queue.registered[fd][EVFILT_USER] = change;
    epoll_event event = {};
    event.events = EPOLLIN | EPOLLET;
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  if (found == queue.users.end()) return ENOENT;
  if (change.flags & EV_DELETE) {
    queue.registered.erase(found->second);
    __real_close(found->second);
    queue.users.erase(found);
  } else if (change.fflags & NOTE_TRIGGER) {
    eventfd_write(found->second, 1);
  }
  return 0;
}

// Makes one change: 0 or an errno.
int Change(int epoll, Queue& queue, const struct kevent& change) {
  if (change.filter == EVFILT_USER) return ChangeUser(epoll, queue, change);
  const int fd = static_cast<int>(change.ident);
  if (fcntl(fd, F_GETFD) < 0) {
    queue.registered.erase(change.ident);
    return EBADF;
  }
  if (change.filter != EVFILT_READ && change.filter != EVFILT_WRITE &&
      change.filter != EVFILT_EXCEPT) {
    return EINVAL;
  }
  Filters& filters = queue.registered[change.ident];
  if ((change.flags & EV_DELETE) && filters.erase(change.filter) == 0) return ENOENT;
  if (change.flags & EV_ADD) filters[change.filter] = change;
  const int error = Arm(epoll, fd, filters);
  if (error != 0) filters.erase(change.filter);
  return error;
}

// Whether what epoll told is news of a filter; the event, if so.
bool Report(int fd, uint32_t told, const struct kevent& registered, struct kevent* event) {
  *event = registered;
  event->flags = registered.flags & (EV_CLEAR | EV_ONESHOT);
  event->fflags = 0;
  // An error ends a filter's wait, but not what it waits for: that of a datagram socket passes.
  const bool is_over = (told & EPOLLHUP) != 0;
  const bool is_told = is_over || (told & EPOLLERR) != 0;
  if (registered.filter == EVFILT_USER) {
    eventfd_t count;
    if (registered.flags & EV_CLEAR) eventfd_read(fd, &count);
    return true;
  }
  const bool is_urgent = (told & EPOLLPRI) != 0;
  if (registered.filter == EVFILT_EXCEPT) {
    event->fflags = is_urgent ? NOTE_OOB : 0;
    return is_urgent;
  }
  if (registered.filter == EVFILT_READ) {
    const bool is_asked_for = is_urgent && AsksUrgent(registered);
    if (!(told & (EPOLLIN | EPOLLRDHUP)) && !is_told && !is_asked_for) return false;
    if (is_asked_for && !(told & EPOLLRDHUP) && !is_over) event->fflags = NOTE_OOB;
    int bytes = 0;
    ioctl(fd, FIONREAD, &bytes);
    event->data = bytes;
    if ((told & EPOLLRDHUP) || is_over) event->flags |= EV_EOF;
    return true;
  }
  const bool is_shut = shut.count(fd) > 0;
  if (!(told & EPOLLOUT) && !is_told && !is_shut) return false;
  event->data = 1;
  if (is_over || is_shut) event->flags |= EV_EOF;
  return true;
}

// Writes the news of one descriptor: how many there are, of which as many as there is room for are
// written.
int Collect(int epoll, Queue& queue, const epoll_event& told, struct kevent* events, int room) {
  const int fd = told.data.fd;
  Filters& filters = queue.registered[fd];
  int count = 0;
  bool again = false;
  for (auto at = filters.begin(); at != filters.end();) {
    struct kevent event;
    const bool has_room = count < room;
    const bool is_news = Report(fd, told.events, at->second, &event);
    if (is_news && has_room) events[count++] = event;
    again = again || (is_news && (!has_room || !(at->second.flags & EV_CLEAR)));
    at = is_news && has_room && (at->second.flags & EV_ONESHOT) ? filters.erase(at) : std::next(at);
  }
  if (again && !filters.empty() && filters.begin()->first != EVFILT_USER) Arm(epoll, fd, filters);
  if (filters.empty()) Arm(epoll, fd, filters);
  return count;
}

}  // namespace

// The linker has the addon's calls of close(2) come here: what a queue holds goes with it.
extern "C" int __wrap_close(int fd) {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = queues.find(fd);
    if (found != queues.end()) {
      for (const auto& [unused, user] : found->second.users) __real_close(user);
      queues.erase(found);
    }
    shut.erase(fd);
  }
  return __real_close(fd);
}

// What waits to write learns that nothing can be written any more.
extern "C" int __wrap_shutdown(int fd, int how) {
  const int result = __real_shutdown(fd, how);
  if (result < 0 || how == SHUT_RD) return result;
  const std::lock_guard<std::mutex> lock(mutex);
  shut.insert(fd);
  for (const auto& [epoll, queue] : queues) {
    const auto found = queue.registered.find(static_cast<uintptr_t>(fd));
    if (found != queue.registered.end() && !found->second.empty()) Arm(epoll, fd, found->second);
  }
  return result;
}

// Sends of macOS wait for room where O_NONBLOCK is not set, though they may not.
extern "C" ssize_t __wrap_sendto(int fd, const void* data, size_t length, int flags,
                                 const sockaddr* address, socklen_t address_length) {
  return __real_sendto(fd, data, length, flags & ~MSG_DONTWAIT, address, address_length);
}

extern "C" ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  return __real_sendmsg(fd, message, flags & ~MSG_DONTWAIT);
}

int kqueue() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  const std::lock_guard<std::mutex> lock(mutex);
  if (fd >= 0) queues[fd] = Queue();
  return fd;
}

int kevent(int epoll, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const timespec* timeout) {
  int written = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (fcntl(epoll, F_GETFD) < 0) {
      errno = EBADF;
      return -1;
    }
    Queue& queue = queues[epoll];
    for (int i = 0; i < change_count; i++) {
      const int error = Change(epoll, queue, changes[i]);
      if (error == 0 && !(changes[i].flags & EV_RECEIPT)) continue;
      if (written < event_count) {
        events[written] = changes[i];
        events[written].flags = EV_ERROR;
        events[written++].data = error;
      } else if (error != 0) {
        errno = error;
        return -1;
      }
    }
  }
  if (written > 0 || event_count == 0) return written;
  int milliseconds = -1;
  if (timeout != nullptr) {
    milliseconds =
        static_cast<int>(timeout->tv_sec * 1000 + (timeout->tv_nsec + 999'999) / 1'000'000);
  }
  epoll_event told[kMost];
  const int ready = epoll_wait(epoll, told, std::min(event_count, kMost), milliseconds);
  if (ready < 0) return -1;
  const std::lock_guard<std::mutex> lock(mutex);
  for (int i = 0; i < ready; i++) {
    written += Collect(epoll, queues[epoll], told[i], events + written, event_count - written);
  }
  return written;
}
