// System calls that Linux and macOS have in different forms: one set of names, an implementation
// per system in linux/ and darwin/, chosen by the build.
#pragma once

#include <string>
#include <vector>

#include "platform.h"

namespace berkeley {

// socket(2), socketpair(2), accept(2), close-on-exec from birth where the system can. -errno on
// error.
int OpenSocket(int family, int type, int proto);
int OpenSocketPair(int family, int type, int proto, int (&fds)[2]);
// The new socket blocks, whatever the listener does; no `address`: the peer's is not asked for.
// -EINTR where a signal came.
int AcceptSocket(int fd, sockaddr_storage* address, socklen_t* length);

// Keeps the addon's code in memory when the last environment that loaded it ends: threads and event
// loops may still be in it.
void KeepLoaded();

// Whether this is the thread that the process began with: no worker of the runtime's is.
bool IsFirstThread();

// pipe(2), close-on-exec and non-blocking at both ends. 0 or -errno.
int OpenPipe(int (&fds)[2]);

// What an address has by name, and the kernel by number: an interface on Linux, a kernel control on
// macOS. `fd` is a socket of the address's family. The number, or -errno: -ENODEV where there is
// none.
int64_t NumberOfName(int fd, const std::string& name);
// The name; empty where there is none.
std::string NameOfNumber(int fd, uint32_t number);

// Signals that nothing else is likely to use, those first that are best.
std::vector<int> SpareSignals();

// The address family of a socket, or -errno.
int FamilyOf(int fd);
// The protocol of a socket; 0 where the system does not tell.
int ProtocolOf(int fd);

}  // namespace berkeley
