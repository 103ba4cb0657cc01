#include "untaken.h"

#include <new>

#include "control.h"
#include "descriptor.h"

namespace berkeley {

namespace {

// Calls `use` with each descriptor in a block of control messages. A part of a number, where a
// message was cut, is none.
template <typename Use>
void ForEachDescriptor(const uint8_t* control, size_t length, Use use) {
  size_t position = 0;
  ControlMessage message;
  while (DecodeControl(control, length, &position, &message)) {
    if (!HasDescriptors(message)) continue;
    for (size_t at = 0; at + sizeof(int) <= message.length; at += sizeof(int)) {
      int fd;
      memcpy(&fd, control + message.offset + at, sizeof(fd));
      if (fd >= 0) use(fd);  // in place of a process's descriptor an error can stand
    }
  }
}

}  // namespace

int Untaken::Note(const uint8_t* control, size_t length) {
  Close();
  return NoteMore(control, length);
}

int Untaken::NoteMore(const uint8_t* control, size_t length) {
  const size_t before = descriptors_.size();
  try {
    ForEachDescriptor(control, length, [&](int fd) { descriptors_.push_back(fd); });
  } catch (const std::bad_alloc&) {
    descriptors_.resize(before);
    Close();
    ForEachDescriptor(control, length, [](int fd) { close(fd); });
    return -ENOMEM;
  }
  if (kCloseReceived == 0) {
    for (size_t at = before; at < descriptors_.size(); at++) SetCloseOnExec(descriptors_[at], true);
  }
  return static_cast<int>(descriptors_.size());
}

void Untaken::Close() {
  for (const int fd : descriptors_) close(fd);
  descriptors_.clear();
}

}  // namespace berkeley
