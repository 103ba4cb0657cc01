// Descriptors that arrived in a message and that JavaScript has not taken yet. What nobody takes
// (memory ran out, the worker was ended) is closed: with the next message, or with the environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace berkeley {

class Untaken {
 public:
  Untaken() = default;
  ~Untaken() { Close(); }
  Untaken(const Untaken&) = delete;
  Untaken& operator=(const Untaken&) = delete;

  // Notes the descriptors in a block of control messages and sees to it that they are
  // close-on-exec. How many; or -ENOMEM, and then they are closed.
  int Note(const uint8_t* control, size_t length);
  // The same beside those noted before: how many in all; or -ENOMEM, and then all are closed.
  int NoteMore(const uint8_t* control, size_t length);
  // They are the caller's now.
  void Take() { descriptors_.clear(); }
  void Close();

 private:
  std::vector<int> descriptors_;
};

}  // namespace berkeley
