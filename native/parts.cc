#include "parts.h"

#include <algorithm>

namespace berkeley {

int Parts::LookUp() {
  count_ = 0;
  if (list_ == nullptr) {
    Add(own_, length_);
    return 0;
  }
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return kBadCall;
  const int result = ReadList();
  napi_close_handle_scope(env_, scope);
  // A system may refuse a message without pieces, but none refuses an empty piece.
  if (count_ == 0) Add(nullptr, 0);
  return result;
}

int Parts::ReadList() {
  uint32_t count = 0;
  if (napi_get_array_length(env_, list_, &count) != napi_ok) return kBadCall;
  if (count > kMost) return -EMSGSIZE;
  size_t length = 0;
  for (uint32_t index = 0; index < count; index++) {
    napi_value view;
    if (napi_get_element(env_, list_, index, &view) != napi_ok) return kBadCall;
    const Bytes bytes = ReadBytes(env_, view);
    if (!bytes.ok) return kBadCall;
    const size_t part = std::min(bytes.length, static_cast<size_t>(INT_MAX) - length);
    Add(bytes.data, part);
    length += part;
  }
  const bool has_changed = is_known_ && length != length_;
  is_known_ = true;
  length_ = length;
  return has_changed ? kBadCall : 0;
}

void Parts::Describe(size_t skip, msghdr* message) {
  size_t first = 0;
  while (first + 1 < count_ && skip >= parts_[first].iov_len) skip -= parts_[first++].iov_len;
  iovec& part = parts_[first];
  skip = std::min(skip, part.iov_len);
  part.iov_base = static_cast<uint8_t*>(part.iov_base) + skip;
  part.iov_len -= skip;
  message->msg_iov = parts_ + first;
  message->msg_iovlen = static_cast<decltype(message->msg_iovlen)>(count_ - first);
}

}  // namespace berkeley
