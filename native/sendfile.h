// sendfile(2), which the systems have in different forms.
#pragma once

#include "platform.h"

namespace berkeley {

// Sends at most `count` bytes, of which there is at least one, of `file` from `offset` on. The
// position of the file stays. The socket must not block. The bytes that the socket took, 0 at the
// end of the file, or -errno where it took none.
int SendFile(int socket, int file, int64_t offset, size_t count);

}  // namespace berkeley
