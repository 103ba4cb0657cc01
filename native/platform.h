// The system headers in the one order that works on both systems, and what differs between them
// as named features. Nothing else in native/ asks which system it is, except files of one system.
#pragma once

#ifdef __APPLE__
#define __APPLE_USE_RFC_3542 1  // IPV6_PKTINFO and its kin, before netinet/in.h
#endif

#include <sys/types.h>

#include <sys/socket.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace berkeley {

// A write to a socket whose peer is gone answers EPIPE; it never raises SIGPIPE. Where the flag is
// missing, SO_NOSIGPIPE is set on each socket instead (see open.cc).
#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;
#endif

// A send that opens a TCP connection.
#ifdef MSG_FASTOPEN
constexpr int kFastOpen = MSG_FASTOPEN;
#else
constexpr int kFastOpen = 0;
#endif

// Descriptors that arrive in a message are close-on-exec from birth; where the flag is missing,
// they are made so one by one.
#ifdef MSG_CMSG_CLOEXEC
constexpr int kCloseReceived = MSG_CMSG_CLOEXEC;
#else
constexpr int kCloseReceived = 0;
#endif

// The type of the control messages with a descriptor of the sender's process, where there are such.
#ifdef __linux__
constexpr int kPidDescriptor = 4;  // SCM_PIDFD, which older headers lack
#else
constexpr int kPidDescriptor = -1;
#endif

// The type of the control messages with the size of datagrams that were joined, where there are
// such.
#ifdef __linux__
constexpr int kJoinedSegments = 104;  // UDP_GRO, which older headers lack
#else
constexpr int kJoinedSegments = -1;
#endif

// The type of the control messages that say who sent the bytes.
#ifdef SCM_CREDENTIALS
constexpr int kCredentials = SCM_CREDENTIALS;
#else
constexpr int kCredentials = SCM_CREDS;
#endif

// Abstract unix names (a leading NUL) are Linux's.
#ifdef __linux__
constexpr bool kAbstractUnixNames = true;
#else
constexpr bool kAbstractUnixNames = false;
#endif

// Linux remembers in the socket that a connect was in progress until connect(2) is asked again;
// elsewhere SO_ERROR alone tells how it ended.
#ifdef __linux__
constexpr bool kConnectAnswersTwice = true;
#else
constexpr bool kConnectAnswersTwice = false;
#endif

// Poll's sign that the peer (or this side) has shut down reading, where there is one.
#ifdef POLLRDHUP
constexpr short kPollReadHangup = POLLRDHUP;
#else
constexpr short kPollReadHangup = 0;
#endif

// What poll(2) is to be asked where the end of a stream alone is of interest: some systems tell of
// it only who asks for a direction.
constexpr short kPollEnd = kPollReadHangup != 0 ? kPollReadHangup : POLLIN;

// Whether poll(2) tells of urgent data; elsewhere what asks for it is told of other data, and woken
// for nothing.
#ifdef __linux__
constexpr bool kPollTellsUrgent = true;
#else
constexpr bool kPollTellsUrgent = false;
#endif

// Poll's answer for a descriptor that is hung up has no POLLOUT, though select(2) has it writable.
#ifdef __linux__
constexpr short kWritableHangup = 0;
#else
constexpr short kWritableHangup = POLLHUP;
#endif

// poll(2) for at most `ns` nanoseconds, rounded up to what the system counts in; below 0: for ever.
#ifdef __linux__
inline int PollFor(pollfd* targets, size_t count, int64_t ns) {
  // poll(2) counts in milliseconds, which makes its timer cheaper than that of ppoll(2).
  if (ns < 0) return poll(targets, count, -1);
  if (ns % 1'000'000 == 0) return poll(targets, count, static_cast<int>(ns / 1'000'000));
  const timespec most = {static_cast<time_t>(ns / 1'000'000'000),
                         static_cast<long>(ns % 1'000'000'000)};
  return ppoll(targets, count, &most, nullptr);
}
#else
inline int PollFor(pollfd* targets, size_t count, int64_t ns) {
  const int ms = ns < 0 ? -1 : static_cast<int>((ns + 999'999) / 1'000'000);
  return poll(targets, static_cast<nfds_t>(count), ms);
}
#endif

// The same of one descriptor or, with nullptr, of none: a sleep.
inline int PollFor(pollfd* target, int64_t ns) {
  return PollFor(target, target == nullptr ? 0 : 1, ns);
}

}  // namespace berkeley

#ifdef __linux__
#include "linux/transfer_calls.h"
#else
#include "darwin/transfer_calls.h"
#endif
