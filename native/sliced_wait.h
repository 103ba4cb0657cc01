// The interruptible wait of calls that themselves wait for many descriptors: poll(2),
// epoll_wait(2), kevent(2). As wait.h's, in slices, with the same questions after each.
#pragma once

#include <algorithm>

#include "wait.h"

namespace berkeley {

// `wait(most_ns)` waits for at most so long: how many are ready, or -errno. Its answer; 0 once
// `timeout_ns` has run out (below 0: never); -EINTR (SIGINT), kTerminated.
template <typename WaitFor>
int WaitInSlices(Environment& environment, double timeout_ns, WaitFor wait) {
  if (timeout_ns == 0) {
    int result;
    do {
      result = wait(0);
    } while (result == -EINTR);
    return result;
  }
  const InterruptWatch interrupts(environment);
  const int64_t deadline_ns = timeout_ns < 0 ? -1 : NowNs() + static_cast<int64_t>(timeout_ns);
  for (;;) {
    int64_t left_ns = kSliceNs;
    if (deadline_ns >= 0) left_ns = std::clamp<int64_t>(deadline_ns - NowNs(), 0, kSliceNs);
    const int result = wait(left_ns);
    if (result > 0 || (result < 0 && result != -EINTR)) return result;
    if (interrupts.Interrupted()) return -EINTR;
    if (!environment.CanRun()) return kTerminated;
    if (deadline_ns >= 0 && NowNs() >= deadline_ns) return 0;
  }
}

}  // namespace berkeley
