// The readiness seam: one private epoll or kqueue descriptor, edge-triggered. linux/epoll.cc and
// darwin/kqueue.cc implement it.
#pragma once

#include <cstdint>

namespace berkeley {

// What is waited for, and what is there. The first two are both; the others are told unasked.
enum Readiness : int32_t {
  kReadable = 1,
  kWritable = 2,
  kHungUp = 4,   // the peer will send no more, or both directions are closed
  kFailed = 8,   // an error is pending, or something lies in the error queue
  kUrgent = 16,  // urgent data is there: a receive stops before it, though there is more
};

// As it stands in the memory shared with TypeScript.
struct ReadyEvent {
  int32_t fd;
  int32_t generation;  // of the watch: a descriptor number may mean another socket by now
  int32_t readiness;   // Readiness bits
};

class Poller {
 public:
  Poller() = default;
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // 0 or -errno.
  int Open();
  // Turns readable when an event is there.
  int fd() const { return fd_; }

  // Changes what is watched of `fd` from `before` to `interest`, Readiness bits of which 0 is
  // nothing. What is ready already is told at once, so that to watch anew what was watched before
  // asks whether it is ready. 0 or -errno.
  int Watch(int fd, int32_t generation, int32_t before, int32_t interest);

  // The events that are there, at most `most` (and kMostEvents): how many, or -errno.
  int Take(ReadyEvent* events, int most);

  static constexpr int kMostEvents = 256;

 private:
  int fd_ = -1;
};

}  // namespace berkeley
