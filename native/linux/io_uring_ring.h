// An io_uring(7) instance of one thread: its memory and the two system calls on it.
#pragma once

#if __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#endif

// Headers older than Linux 6.1 lack what is needed: the addon is built without it.
#if defined(IORING_SETUP_DEFER_TASKRUN)
#define BERKELEY_HAS_IO_URING 1

#include <cstddef>
#include <cstdint>

namespace berkeley {

class Ring {
 public:
  Ring() = default;
  ~Ring() { Close(); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // 0 or -errno. Completions run on this thread only, and within Enter() only; where some are due,
  // event_fd() turns readable.
  int Open(uint32_t submissions, uint32_t completions);
  // Requests that are under way are not waited for.
  void Close();
  // Whether the kernel knows all these operations.
  bool Supports(const uint8_t* operations, size_t count) const;

  int fd() const { return fd_; }
  int event_fd() const { return event_fd_; }

  // The next submission, all zeros; nullptr where the kernel takes none of those before it.
  io_uring_sqe* Next();
  // Whether some have not been submitted.
  bool HasSubmissions() const { return sq_local_tail_ != submitted_; }
  // Submits, and runs completions, some twenty in a call: 0 or -errno.
  int Enter();
  // Whether completions are to be read, or to be run by Enter().
  bool HasCompletions() const;
  // Whether Enter() would bring more.
  bool IsDue() const;

  // Hands over each completion that is there.
  template <typename Use>
  void Reap(Use use) {
    uint32_t head = *cq_head_;
    for (uint32_t tail = __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE); head != tail; head++) {
      const io_uring_cqe completion = completions_[head & cq_mask_];
      __atomic_store_n(cq_head_, head + 1, __ATOMIC_RELEASE);
      use(completion.user_data, completion.res, completion.flags);
    }
  }

  // Whether event_fd() is told of completions.
  void TellOfCompletions(bool on);
  // Makes event_fd() readable, and no more.
  void Signal();
  void ClearSignal();

 private:
  int Map(const io_uring_params& params);

  int fd_ = -1;
  int event_fd_ = -1;
  uint8_t* memory_ = nullptr;
  size_t memory_size_ = 0;
  io_uring_sqe* submissions_ = nullptr;
  size_t submissions_size_ = 0;
  io_uring_cqe* completions_ = nullptr;
  uint32_t *sq_head_ = nullptr, *sq_tail_ = nullptr, *sq_flags_ = nullptr;
  uint32_t *cq_head_ = nullptr, *cq_tail_ = nullptr, *cq_flags_ = nullptr;
  uint32_t sq_entries_ = 0, sq_mask_ = 0, cq_mask_ = 0;
  uint32_t sq_local_tail_ = 0, submitted_ = 0;
};

}  // namespace berkeley

#endif
