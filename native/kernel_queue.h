// The kernel's queues of events: epoll(7) is Linux's, kqueue(2) is that of macOS. One set of names,
// an implementation per system in linux/ and darwin/, chosen by the build; what the other system
// has answers -ENOSYS.
#pragma once

#include "platform.h"

namespace berkeley {

// What epoll_ctl(2) does.
enum class EpollChange { kAdd, kModify, kRemove };

// A descriptor and its events, as epoll(7) reports them.
struct DescriptorEvents {
  int32_t fd;
  uint32_t events;
};

// A struct kevent in numbers of JavaScript.
struct KernelEvent {
  double ident;
  double filter;
  double flags;
  double fflags;
  double data;
  double udata;
};

// epoll_create1(2), close-on-exec: the descriptor, or -errno.
int OpenEpoll();
// epoll_ctl(2): 0 or -errno.
int ControlEpoll(int epoll, EpollChange change, int fd, uint32_t events);
// epoll_wait(2) for at most `most_ns`, rounded up to milliseconds: how many events, or -errno.
int WaitEpoll(int epoll, DescriptorEvents* events, int count, int64_t most_ns);

// kqueue(2), close-on-exec: the descriptor, or -errno.
int OpenKqueue();
// kevent(2) for at most `most_ns`: how many events, or -errno. The fields have been checked.
int ControlKqueue(int kqueue, const KernelEvent* changes, int change_count, KernelEvent* events,
                  int event_count, int64_t most_ns);

// A queue of the system's own kind, close-on-exec, that polls readable once poll(2) of the targets
// has news: once at the beginning for what is ready, then once for each change. Its descriptor, or
// -errno. What the system has no news of (a regular file) is left out.
int WatchTargets(const pollfd* targets, size_t count);
// Takes the news out of such a queue. 0 or -errno.
int DrainWatch(int queue);

// Whether urgent data lies in a socket, where poll(2) does not tell.
bool HasUnpolledUrgentData(int fd);

}  // namespace berkeley
