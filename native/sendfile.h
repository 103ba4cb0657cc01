// sendfile(2), which the systems have in different forms, and splice(2), which some lack.
#pragma once

#include "platform.h"

namespace berkeley {

// Sends at most `count` bytes, of which there is at least one, of `file` from `offset` on. The
// position of the file stays. The socket must not block. The bytes that the socket took, 0 at the
// end of the file, or -errno where it took none.
int SendFile(int socket, int file, int64_t offset, size_t count);

// A pipe that does not block, with room for about `size` bytes where the system allows it. 0 or
// -errno: -ENOSYS where there is no splice(2).
int OpenSplicePipe(int size, int (&fds)[2]);
// At most `count` bytes between a socket that does not block and a pipe: how many, or -errno.
int SpliceFromSocket(int socket, int pipe, size_t count);
int SpliceToSocket(int socket, int pipe, size_t count);

}  // namespace berkeley
