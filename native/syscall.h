// The -errno convention: a native call answers >= 0, or a negative errno, or one of the codes
// below, which no errno reaches. Exceptions are made in TypeScript.
#pragma once

#include <cerrno>

namespace berkeley {

constexpr int kTimedOut = -100001;    // the caller's own time ran out (not the kernel's ETIMEDOUT)
constexpr int kTerminated = -100002;  // this environment is being ended; unwind
constexpr int kBadCall = -100003;     // an argument that TypeScript must not let through

// Makes one system call, again where a signal interrupted it. For calls that do not wait.
template <typename Call>
auto Retry(Call call) -> decltype(call()) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

// The same, with the result in the -errno convention.
template <typename Call>
int Checked(Call call) {
  const auto result = Retry(call);
  return result == -1 ? -errno : static_cast<int>(result);
}

// Likewise a call that answers in this convention itself.
template <typename Call>
int Again(Call call) {
  int result;
  do {
    result = call();
  } while (result == -EINTR);
  return result;
}

}  // namespace berkeley
