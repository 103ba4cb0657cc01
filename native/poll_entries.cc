#include "poll_entries.h"

#include <new>

namespace berkeley {

short EventsOf(int32_t kinds) {
  int events = 0;
  if (kinds & kForReading) events |= POLLIN | POLLRDNORM;
  if (kinds & kForWriting) events |= POLLOUT | POLLWRNORM | POLLWRBAND;
  if (kinds & kForExceptions) events |= POLLPRI;
  return static_cast<short>(events);
}

PollEntries::PollEntries(const Arguments& arguments, size_t index) : env_(arguments.env()) {
  int32_t count;
  status_ = kBadCall;
  if (!arguments.Has(index) || !arguments.Int32(index + 1, &count) || count < 0) return;
  array_ = arguments.At(index);
  const Numbers<int32_t> words = ReadWords(env_, array_);
  if (!words.ok || words.length / kWords < static_cast<size_t>(count)) return;
  size_ = static_cast<size_t>(count);
  targets_.reset(new (std::nothrow) pollfd[size_]);
  asked_.reset(new (std::nothrow) int32_t[size_]);
  status_ = targets_ == nullptr || asked_ == nullptr ? -ENOMEM : 0;
  if (status_ != 0) return;
  for (size_t at = 0; at < size_; at++) {
    const int32_t* entry = words.data + at * kWords;
    targets_[at] = {entry[0], 0, 0};
    asked_[at] = entry[1];
  }
}

void PollEntries::AskEvents() {
  for (size_t at = 0; at < size_; at++) targets_[at].events = static_cast<short>(asked_[at]);
}

void PollEntries::AskKinds() {
  for (size_t at = 0; at < size_; at++) targets_[at].events = EventsOf(asked_[at]);
}

}  // namespace berkeley
