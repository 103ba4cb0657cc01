#include "../packet_filter.h"

#include <linux/filter.h>

#include "../syscall.h"

namespace berkeley {

int AttachFilter(int fd, int option, const void* instructions, size_t count) {
  if (count > BPF_MAXINSNS) return -EINVAL;
  sock_fprog program = {};
  program.len = static_cast<unsigned short>(count);
  // The kernel only reads it.
  program.filter = static_cast<sock_filter*>(const_cast<void*>(instructions));
  return Checked([&] { return setsockopt(fd, SOL_SOCKET, option, &program, sizeof(program)); });
}

socklen_t LengthUnit(int level, int option) {
  return level == SOL_SOCKET && option == SO_GET_FILTER ? sizeof(sock_filter) : 1;
}

}  // namespace berkeley
