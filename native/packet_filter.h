// Classic BPF programs on sockets: linux/packet_filter.cc, darwin/packet_filter.cc.
#pragma once

#include "platform.h"

namespace berkeley {

// setsockopt(2) with a struct sock_fprog over `count` instructions of 8 bytes. 0 or -errno.
int AttachFilter(int fd, int option, const void* instructions, size_t count);

// What the length of an option counts, in bytes: 1; but SO_GET_FILTER counts instructions.
socklen_t LengthUnit(int level, int option);

}  // namespace berkeley
