#pragma once

#include <memory>

#include "../poller.h"

namespace berkeley {

// 0 or -errno: whatever forbids it (the kernel's age, a sandbox, a sysctl, a limit).
int OpenUringPoller(std::unique_ptr<Poller>* poller);

}  // namespace berkeley
