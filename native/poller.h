// The readiness seam: what a thread waits on for all its descriptors, edge-triggered. The system's
// own is a private epoll (linux/epoll.cc) or kqueue (darwin/kqueue.cc) descriptor; on Linux there
// is io_uring besides (linux/io_uring_poller.cc).
#pragma once

#include <cstdint>
#include <memory>

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

enum class PollerKind {
  kSystem = 0,  // epoll or kqueue
  kUring = 1,   // io_uring
};

class Poller {
 public:
  Poller() = default;
  virtual ~Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // 0 or -errno: -ENOSYS where this system has none of that kind.
  static int Open(PollerKind kind, std::unique_ptr<Poller>* poller);

  virtual PollerKind kind() const { return PollerKind::kSystem; }
  // Turns readable when an event is there.
  virtual int fd() const = 0;

  // Changes what is watched of `fd` from `before` to `interest`, Readiness bits of which 0 is
  // nothing. What is ready already is told at once, so that to watch anew what was watched before
  // asks whether it is ready. 0 or -errno.
  virtual int Watch(int fd, int32_t generation, int32_t before, int32_t interest) = 0;

  // The events that are there, at most `most` (and kMostEvents), a descriptor's perhaps in several:
  // how many, or -errno.
  virtual int Take(ReadyEvent* events, int most) = 0;

  // Around all that is done because fd() was readable: Take(), and what became of it.
  virtual void Begin() {}
  virtual void End() {}

  static constexpr int kMostEvents = 256;
};

}  // namespace berkeley
