#pragma once

#include "arguments.h"

namespace berkeley {

// The first `length` bytes of the shared slab; not ok where the slab is smaller.
Bytes SmallBytes(SharedMemory& shared);

}  // namespace berkeley
