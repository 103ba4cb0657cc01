// The layout of addresses whose header is missing in older SDKs.
#pragma once

#include "../platform.h"

namespace berkeley {

// sys/vsock.h
struct VsockAddress {
  uint8_t length;
  sa_family_t family;
  uint16_t reserved;
  uint32_t port;
  uint32_t cid;
};

}  // namespace berkeley
