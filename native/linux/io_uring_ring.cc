#include "io_uring_ring.h"

#ifdef BERKELEY_HAS_IO_URING

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <vector>

#include "../platform.h"
#include "../syscall.h"

namespace berkeley {

namespace {

// The same numbers on every architecture that Node runs on; old C libraries lack their names.
constexpr long kSetup = 425, kEnter = 426, kRegister = 427;

int Register(int fd, unsigned operation, void* argument, unsigned count) {
  return Checked([&] { return syscall(kRegister, fd, operation, argument, count); });
}

void* MapRing(int fd, size_t size, off_t offset) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
  if (memory == MAP_FAILED) return nullptr;
  // A child process has no business with it.
  madvise(memory, size, MADV_DONTFORK);
  return memory;
}

}  // namespace

int Ring::Open(uint32_t submissions, uint32_t completions) {
  io_uring_params params = {};
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_TASKRUN_FLAG;
  params.cq_entries = completions;
  // Close-on-exec by itself.
  fd_ = Checked([&] { return syscall(kSetup, submissions, &params); });
  if (fd_ < 0) return fd_;
  int result = Map(params);
  if (result < 0) return result;
  event_fd_ = Checked([] { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); });
  if (event_fd_ < 0) return event_fd_;
  result = Register(fd_, IORING_REGISTER_EVENTFD, &event_fd_, 1);
  return result < 0 ? result : 0;
}

int Ring::Map(const io_uring_params& params) {
  constexpr uint32_t kNeeded = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP;
  if ((params.features & kNeeded) != kNeeded) return -ENOSYS;
  memory_size_ = std::max(params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                          params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
  memory_ = static_cast<uint8_t*>(MapRing(fd_, memory_size_, IORING_OFF_SQ_RING));
  if (memory_ == nullptr) return -errno;
  submissions_size_ = params.sq_entries * sizeof(io_uring_sqe);
  submissions_ = static_cast<io_uring_sqe*>(MapRing(fd_, submissions_size_, IORING_OFF_SQES));
  if (submissions_ == nullptr) return -errno;
  const auto word = [&](uint32_t offset) { return reinterpret_cast<uint32_t*>(memory_ + offset); };
  sq_head_ = word(params.sq_off.head);
  sq_tail_ = word(params.sq_off.tail);
  sq_flags_ = word(params.sq_off.flags);
  sq_mask_ = *word(params.sq_off.ring_mask);
  sq_entries_ = params.sq_entries;
  cq_head_ = word(params.cq_off.head);
  cq_tail_ = word(params.cq_off.tail);
  cq_flags_ = word(params.cq_off.flags);
  cq_mask_ = *word(params.cq_off.ring_mask);
  completions_ = reinterpret_cast<io_uring_cqe*>(memory_ + params.cq_off.cqes);
  // Submission i stands at place i.
  for (uint32_t i = 0; i < sq_entries_; i++) word(params.sq_off.array)[i] = i;
  sq_local_tail_ = submitted_ = *sq_tail_;
  return 0;
}

void Ring::Close() {
  if (fd_ >= 0) close(fd_);
  if (event_fd_ >= 0) close(event_fd_);
  if (memory_ != nullptr) munmap(memory_, memory_size_);
  if (submissions_ != nullptr) munmap(submissions_, submissions_size_);
  fd_ = event_fd_ = -1;
  memory_ = nullptr;
  submissions_ = nullptr;
}

bool Ring::Supports(const uint8_t* operations, size_t count) const {
  constexpr size_t kMost = 256;
  std::vector<uint64_t> memory((sizeof(io_uring_probe) + kMost * sizeof(io_uring_probe_op)) / 8);
  auto* probe = reinterpret_cast<io_uring_probe*>(memory.data());
  if (Register(fd_, IORING_REGISTER_PROBE, probe, kMost) < 0) return false;
  return std::all_of(operations, operations + count, [&](uint8_t operation) {
    return operation < probe->ops_len && (probe->ops[operation].flags & IO_URING_OP_SUPPORTED) != 0;
  });
}

io_uring_sqe* Ring::Next() {
  if (sq_local_tail_ - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE) >= sq_entries_) {
    Enter();
    if (sq_local_tail_ - __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE) >= sq_entries_) {
      return nullptr;
    }
  }
  io_uring_sqe* submission = &submissions_[sq_local_tail_++ & sq_mask_];
  memset(submission, 0, sizeof(*submission));
  return submission;
}

int Ring::Enter() {
  __atomic_store_n(sq_tail_, sq_local_tail_, __ATOMIC_RELEASE);
  // The kernel clears it before it runs something, and another CPU sets it after it has queued
  // something: late, it may say so of what has been run by then, and would go on saying so.
  __atomic_fetch_and(sq_flags_, ~uint32_t{IORING_SQ_TASKRUN}, __ATOMIC_RELAXED);
  const int result = Checked([&] {
    return syscall(kEnter, fd_, sq_local_tail_ - submitted_, 0, IORING_ENTER_GETEVENTS, nullptr, 0);
  });
  submitted_ = __atomic_load_n(sq_head_, __ATOMIC_ACQUIRE);
  return result < 0 ? result : 0;
}

bool Ring::IsDue() const {
  return (__atomic_load_n(sq_flags_, __ATOMIC_RELAXED) &
          (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

bool Ring::HasCompletions() const {
  return *cq_head_ != __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE) || IsDue();
}

void Ring::TellOfCompletions(bool on) {
  __atomic_store_n(cq_flags_, on ? 0 : IORING_CQ_EVENTFD_DISABLED, __ATOMIC_SEQ_CST);
}

void Ring::Signal() {
  const uint64_t one = 1;
  Checked([&] { return write(event_fd_, &one, sizeof(one)); });
}

void Ring::ClearSignal() {
  uint64_t count;
  Checked([&] { return read(event_fd_, &count, sizeof(count)); });
}

}  // namespace berkeley

#endif
