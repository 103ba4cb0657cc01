// epoll(7) and kqueue(2) for JavaScript, and the watch that asynchronous polls wait with.
#include "kernel_queue.h"

#include <memory>
#include <new>

#include "descriptor.h"
#include "exports.h"
#include "poll_entries.h"
#include "sliced_wait.h"

namespace berkeley {

namespace {

constexpr size_t kEventWords = sizeof(DescriptorEvents) / sizeof(int32_t);
constexpr size_t kEventDoubles = sizeof(KernelEvent) / sizeof(double);

// A queue just made becomes this environment's: its descriptor, the token in `token`; or -errno.
int Begin(Environment& environment, int queue) {
  return queue < 0 ? queue : Adopt(environment, queue, &environment.shared().token);
}

// epoll_create1(2).
int EpollCreate(Arguments& arguments) { return Begin(arguments.environment(), OpenEpoll()); }

// epoll_ctl(2): (epoll, 0 = add, 1 = modify or 2 = remove, fd, events). 0 or -errno.
int EpollControl(Arguments& arguments) {
  int32_t epoll, change, fd;
  double events;
  if (!arguments.Int32(0, &epoll) || !arguments.Int32(1, &change) || !arguments.Int32(2, &fd) ||
      !arguments.Double(3, &events)) {
    return kBadCall;
  }
  if (change < 0 || change > 2 || !(events >= 0 && events <= UINT32_MAX)) return kBadCall;
  return ControlEpoll(epoll, static_cast<EpollChange>(change), fd, static_cast<uint32_t>(events));
}

// epoll_wait(2): (epoll, events, count, timeoutNs), two words an event: descriptor and events. How
// many, or -errno.
int EpollWait(Arguments& arguments) {
  int32_t epoll, count;
  double timeout_ns;
  if (!arguments.Int32(0, &epoll) || !arguments.Int32(2, &count) ||
      !arguments.Double(3, &timeout_ns)) {
    return kBadCall;
  }
  return WaitInSlices(arguments.environment(), timeout_ns, [&](int64_t most_ns) {
    const Numbers<int32_t> words = ReadWords(arguments.env(), arguments.At(1));
    if (!words.ok || count < 1 || words.length / kEventWords < static_cast<size_t>(count)) {
      return kBadCall;
    }
    return WaitEpoll(epoll, reinterpret_cast<DescriptorEvents*>(words.data), count, most_ns);
  });
}

// kqueue(2).
int KqueueCreate(Arguments& arguments) { return Begin(arguments.environment(), OpenKqueue()); }

bool Within(double number, double least, double most) { return number >= least && number <= most; }

// Whether each field is a number that its type in C holds.
bool IsSound(const KernelEvent& event) {
  constexpr double kExact = 9007199254740992;  // 2^53
  return Within(event.ident, 0, kExact) && Within(event.filter, INT16_MIN, INT16_MAX) &&
         Within(event.flags, 0, UINT16_MAX) && Within(event.fflags, 0, UINT32_MAX) &&
         Within(event.data, -kExact, kExact) && Within(event.udata, 0, kExact);
}

// The changes that kevent(2) makes, copied: JavaScript may run before the wait is over.
struct Changes {
  explicit Changes(Numbers<double> given) {
    count = static_cast<int>(given.length / kEventDoubles);
    list.reset(new (std::nothrow) KernelEvent[count]);
    if (list == nullptr) return;
    const auto* events = reinterpret_cast<const KernelEvent*>(given.data);
    for (int i = 0; i < count; i++) {
      list[i] = events[i];
      sound = sound && IsSound(events[i]);
    }
  }

  std::unique_ptr<KernelEvent[]> list;
  int count;
  bool sound = true;
};

// kevent(2): (kqueue, changes, events, count, timeoutNs), six doubles an event. How many events, or
// -errno.
int KqueueControl(Arguments& arguments) {
  int32_t kqueue, count;
  double timeout_ns;
  if (!arguments.Int32(0, &kqueue) || !arguments.Int32(3, &count) ||
      !arguments.Double(4, &timeout_ns)) {
    return kBadCall;
  }
  const Numbers<double> given = ReadDoubles(arguments.env(), arguments.At(1));
  if (!given.ok || given.length > INT32_MAX) return kBadCall;
  Changes changes(given);
  if (changes.list == nullptr) return -ENOMEM;
  if (!changes.sound) return kBadCall;
  // Without room for an event kevent(2) does not wait.
  const double budget_ns = count == 0 ? 0 : timeout_ns;
  return WaitInSlices(arguments.environment(), budget_ns, [&](int64_t most_ns) {
    const Numbers<double> room = ReadDoubles(arguments.env(), arguments.At(2));
    if (!room.ok || count < 0 || room.length / kEventDoubles < static_cast<size_t>(count)) {
      return kBadCall;
    }
    const int change_count = changes.count;
    changes.count = 0;  // Made once, even by a call that a signal interrupts.
    return ControlKqueue(kqueue, changes.list.get(), change_count,
                         reinterpret_cast<KernelEvent*>(room.data), count, most_ns);
  });
}

// (entries, count, kinds): a queue that is readable once poll(2) of the entries has news, its token
// in `token`; or -errno. `kinds`: 1 where the entries ask kinds, 0 where events.
int WatchEntries(Arguments& arguments) {
  PollEntries entries(arguments, 0);
  int32_t kinds;
  if (entries.status() != 0) return entries.status();
  if (!arguments.Int32(2, &kinds)) return kBadCall;
  if (kinds != 0) {
    entries.AskKinds();
  } else {
    entries.AskEvents();
  }
  return Begin(arguments.environment(), WatchTargets(entries.targets(), entries.size()));
}

// (queue): takes the news out of a watch. 0 or -errno.
int DrainWatched(Arguments& arguments) {
  int32_t queue;
  return arguments.Int32(0, &queue) ? DrainWatch(queue) : kBadCall;
}

}  // namespace

void AddKernelQueue(Exports& exports) {
  exports.Add<EpollCreate>("epollCreate");
  exports.Add<EpollControl>("epollControl");
  exports.Add<EpollWait>("epollWait");
  exports.Add<KqueueCreate>("kqueueCreate");
  exports.Add<KqueueControl>("kqueueControl");
  exports.Add<WatchEntries>("watchEntries");
  exports.Add<DrainWatched>("drainWatched");
}

}  // namespace berkeley
