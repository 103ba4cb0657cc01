// The bytes of a message in several pieces: readv(2)'s vector over the caller's buffers.
#pragma once

#include <sys/uio.h>

#include "arguments.h"
#include "platform.h"

namespace berkeley {

class Parts {
 public:
  // The most pieces of one message; of more the kernel says EMSGSIZE.
  static constexpr size_t kMost = IOV_MAX;

  // An array of views. A call looks them up before it uses them, and again once JavaScript may
  // have run.
  Parts(napi_env env, napi_value list) : env_(env), list_(list) {}
  // A stretch of our own.
  Parts(uint8_t* data, size_t length) : own_(data), length_(length) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  // Where the views' memory is. 0; -EMSGSIZE where there are too many; kBadCall for what is no
  // view, or is not as long as it was.
  int LookUp();
  // Bytes, of which one call moves no more than an int can count.
  size_t length() const { return length_; }
  // The vector behind the first `skip` bytes. After a skip they have to be looked up anew.
  void Describe(size_t skip, msghdr* message);

 private:
  void Add(uint8_t* data, size_t length) { parts_[count_++] = {data, length}; }
  int ReadList();

  napi_env env_ = nullptr;
  napi_value list_ = nullptr;
  uint8_t* own_ = nullptr;
  bool is_known_ = false;
  size_t length_ = 0;
  size_t count_ = 0;
  iovec parts_[kMost];
};

}  // namespace berkeley
