// The headers that the constants come from, in the one order in which they agree with each other:
// the C library's first, since the kernel's leave out what those have defined already; only
// asm/socket.h leaves its own parts out where musl has been before it.
#pragma once

#ifdef __APPLE__
// Without it netinet6/in6.h hides the options of RFC 3542: IPV6_PKTINFO and its kin.
#ifndef __APPLE_USE_RFC_3542
#define __APPLE_USE_RFC_3542 1
#endif
#endif

#ifdef __linux__
#include <asm/socket.h>
#endif

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#if __has_include(<net/ethernet.h>)
#include <net/ethernet.h>
#endif
#if __has_include(<netinet/icmp6.h>)
#include <netinet/icmp6.h>
#endif

#ifdef __APPLE__
#include <sys/event.h>
#if __has_include(<net/bpf.h>)
#include <net/bpf.h>
#endif
#if __has_include(<sys/sys_domain.h>)
#include <sys/sys_domain.h>
#endif
#if __has_include(<sys/vsock.h>)
#include <sys/vsock.h>
#endif
#endif

#ifdef __linux__
#include <linux/version.h>
#include <sys/epoll.h>
#include <time.h>  // struct timespec, which linux/errqueue.h uses.

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/if_alg.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in6.h>
#include <linux/net_tstamp.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>
#if __has_include(<linux/can/bcm.h>)
#include <linux/can.h>
#include <linux/can/bcm.h>
#endif
#if __has_include(<linux/can/isotp.h>)
#include <linux/can/isotp.h>
#endif
#if __has_include(<linux/can/j1939.h>)
#include <linux/can/j1939.h>
#endif
#if __has_include(<linux/can/raw.h>)
#include <linux/can/raw.h>
#endif
#if __has_include(<linux/if_xdp.h>)
#include <linux/if_xdp.h>
#endif
#if __has_include(<linux/mptcp.h>)
#include <linux/mptcp.h>
#endif
#if __has_include(<linux/netfilter_ipv6/ip6_tables.h>)
#include <linux/netfilter_ipv6/ip6_tables.h>
#endif
#if __has_include(<linux/qrtr.h>)
#include <linux/qrtr.h>
#endif
#if __has_include(<linux/rds.h>)
#include <linux/rds.h>
#endif
#if __has_include(<linux/sctp.h>)
#include <linux/sctp.h>
#endif
#if __has_include(<linux/tipc.h>)
#include <linux/tipc.h>
#endif
#if __has_include(<linux/tls.h>)
#include <linux/tls.h>
#endif
#if __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>
#endif

// Enumerators cannot be asked for by #ifdef; the version of the kernel's headers tells.
#define BERKELEY_LINUX_HEADERS(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))
#endif
