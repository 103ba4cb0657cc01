#include "../packet_filter.h"

namespace berkeley {

// Filters are of /dev/bpf here, not of sockets.
int AttachFilter(int, int, const void*, size_t) { return -ENOPROTOOPT; }

socklen_t LengthUnit(int, int) { return 1; }

}  // namespace berkeley
