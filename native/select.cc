// poll(2), and select(2) made of it: so descriptors of any number will do.
#include "exports.h"
#include "kernel_queue.h"
#include "poll_entries.h"
#include "sliced_wait.h"

namespace berkeley {

namespace {

// poll(2): (entries, count, timeoutNs), the answers being events. How many have any, or -errno.
int Poll(Arguments& arguments) {
  PollEntries entries(arguments, 0);
  double timeout_ns;
  if (entries.status() != 0) return entries.status();
  if (!arguments.Double(2, &timeout_ns)) return kBadCall;
  entries.AskEvents();
  pollfd* targets = entries.targets();
  const int ready = WaitInSlices(arguments.environment(), timeout_ns, [&](int64_t most_ns) {
    const int result = PollFor(targets, entries.size(), most_ns);
    return result < 0 ? -errno : result;
  });
  if (ready <= 0) return ready;
  const int written =
      entries.Write([&](size_t at) { return static_cast<uint16_t>(targets[at].revents); });
  return written < 0 ? written : ready;
}

// The polls of one select(2).
class Selection {
 public:
  explicit Selection(PollEntries* entries) : entries_(*entries) {
    entries_.AskKinds();
    if (kPollTellsUrgent) return;
    for (size_t at = 0; at < entries_.size(); at++) entries_.targets()[at].events &= ~POLLPRI;
  }

  // How many have an answer after at most `most_ns`, or -errno.
  int Turn(int64_t most_ns) {
    if (has_quiet_) {
      Wake();
      const int ready = PollOnce(0);
      if (ready != 0 || !has_quiet_) return ready;
    }
    return PollOnce(most_ns);
  }

  // The kinds that the entry at `at` has an answer for, of those it asks.
  int32_t AnswerOf(size_t at) const {
    const short events = entries_.targets()[at].revents;
    int32_t kinds = 0;
    if (events & (POLLIN | POLLRDNORM | POLLHUP | POLLERR)) kinds |= kForReading;
    if (events & (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR | kWritableHangup)) {
      kinds |= kForWriting;
    }
    if (events & POLLPRI) kinds |= kForExceptions;
    return kinds & entries_.asked(at);
  }

 private:
  int PollOnce(int64_t most_ns) {
    const int result = PollFor(entries_.targets(), entries_.size(), most_ns);
    if (result < 0) return -errno;
    const bool has_urgent = AskUrgent();
    return result > 0 || has_urgent ? Count() : 0;
  }

  // What poll(2) has not told: whether there is any.
  bool AskUrgent() {
    if (kPollTellsUrgent) return false;
    bool has_any = false;
    for (size_t at = 0; at < entries_.size(); at++) {
      pollfd& target = entries_.targets()[at];
      const bool asks = (entries_.asked(at) & kForExceptions) != 0 && target.fd >= 0;
      if (!asks || (target.revents & POLLNVAL) != 0 || !HasUnpolledUrgentData(target.fd)) continue;
      target.revents = static_cast<short>(target.revents | POLLPRI);
      has_any = true;
    }
    return has_any;
  }

  int Count() {
    int ready = 0;
    for (size_t at = 0; at < entries_.size(); at++) {
      pollfd& target = entries_.targets()[at];
      if (target.revents & POLLNVAL) return -EBADF;
      if (AnswerOf(at) != 0) {
        ready++;
      } else if (target.revents != 0) {
        // Poll tells a hang-up or an error that select(2) would not: for this one alone it would
        // return at once for ever. It sits out a slice, as every negative descriptor does.
        target.fd = ~target.fd;
        target.revents = 0;
        has_quiet_ = true;
      }
    }
    return ready;
  }

  void Wake() {
    has_quiet_ = false;
    for (size_t at = 0; at < entries_.size(); at++) {
      pollfd& target = entries_.targets()[at];
      if (target.fd < 0) target.fd = ~target.fd;
    }
  }

  PollEntries& entries_;
  bool has_quiet_ = false;
};

// select(2): (entries, count, timeoutNs), what is asked and answered being kinds. How many have an
// answer, or -errno; -EBADF where a descriptor is not open.
int Select(Arguments& arguments) {
  PollEntries entries(arguments, 0);
  double timeout_ns;
  if (entries.status() != 0) return entries.status();
  if (!arguments.Double(2, &timeout_ns)) return kBadCall;
  Selection selection(&entries);
  const int ready = WaitInSlices(arguments.environment(), timeout_ns,
                                 [&](int64_t most_ns) { return selection.Turn(most_ns); });
  if (ready <= 0) return ready;
  const int written = entries.Write([&](size_t at) { return selection.AnswerOf(at); });
  return written < 0 ? written : ready;
}

}  // namespace

void AddSelect(Exports& exports) {
  exports.Add<Poll>("poll");
  exports.Add<Select>("select");
}

}  // namespace berkeley
