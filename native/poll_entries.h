// Descriptors to poll, as JavaScript lists them.
#pragma once

#include <memory>

#include "arguments.h"
#include "platform.h"

namespace berkeley {

// What select(2)'s lists ask of a descriptor, as bits.
enum Kind : int32_t { kForReading = 1, kForWriting = 2, kForExceptions = 4 };

// The events of poll(2) that stand for kinds.
short EventsOf(int32_t kinds);

// The first entries of an Int32Array, copied: JavaScript may run before the poll is over. An entry
// is three words: descriptor, what is asked, what is answered.
class PollEntries {
 public:
  // Arguments `index` (the array) and `index + 1` (how many entries).
  PollEntries(const Arguments& arguments, size_t index);

  // 0, kBadCall or -ENOMEM: whether there is anything to work with.
  int status() const { return status_; }
  size_t size() const { return size_; }
  pollfd* targets() { return targets_.get(); }
  // What the entry at `at` asks.
  int32_t asked(size_t at) const { return asked_[at]; }

  // Fills in the events of each target: what is asked, as it is, or the events of its kinds.
  void AskEvents();
  void AskKinds();

  // Writes `answer(at)` of each entry, where the array still has room for it: 0, or kBadCall.
  template <typename Answer>
  int Write(Answer answer) const {
    const Numbers<int32_t> words = ReadWords(env_, array_);
    if (!words.ok || words.length / kWords < size_) return kBadCall;
    for (size_t at = 0; at < size_; at++) words.data[at * kWords + 2] = answer(at);
    return 0;
  }

 private:
  static constexpr size_t kWords = 3;

  napi_env env_;
  napi_value array_ = nullptr;
  int status_ = 0;
  size_t size_ = 0;
  std::unique_ptr<pollfd[]> targets_;
  std::unique_ptr<int32_t[]> asked_;
};

}  // namespace berkeley
