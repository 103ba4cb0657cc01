// What is done to a descriptor of any kind.
#pragma once

#include "arguments.h"
#include "system.h"

namespace berkeley {

// Sets or clears close-on-exec. 0 or -errno.
int SetCloseOnExec(int fd, bool close_on_exec);

// Takes a descriptor just made into the environment's table and sets what every socket has.
// Its number, with its token in `token`; or -errno, with the descriptor closed.
int Adopt(Environment& environment, int fd, int32_t* token);

}  // namespace berkeley
