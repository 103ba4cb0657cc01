// The structures whose bytes TypeScript reads and writes (lib/options/): held to their layout here.
// What newer kernels have appended to tcp_info is not in every header. Without platform.h, since
// linux/tcp.h excludes the C library's.
#include <linux/filter.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstddef>

namespace berkeley {

static_assert(sizeof(linger) == 8);
static_assert(sizeof(timeval) != 16 || offsetof(timeval, tv_usec) == 8);
static_assert(sizeof(ip_mreqn) == 12 && offsetof(ip_mreqn, imr_ifindex) == 8);
static_assert(sizeof(sock_filter) == 8 && offsetof(sock_filter, k) == 4);
static_assert(offsetof(tcp_info, tcpi_rto) == 8 && offsetof(tcp_info, tcpi_total_retrans) == 100);
static_assert(offsetof(tcp_info, tcpi_delivery_rate) == 160);

}  // namespace berkeley
