// The structures whose bytes TypeScript reads and writes (lib/options/): held to their layout here.
#include "../platform.h"

namespace berkeley {

static_assert(sizeof(linger) == 8);
static_assert(sizeof(timeval) == 16 && offsetof(timeval, tv_usec) == 8);
static_assert(sizeof(ip_mreqn) == 12 && offsetof(ip_mreqn, imr_ifindex) == 8);

using Info = tcp_connection_info;
static_assert(offsetof(Info, tcpi_snd_wscale) == 1 && offsetof(Info, tcpi_options) == 4);
static_assert(offsetof(Info, tcpi_flags) == 8 && offsetof(Info, tcpi_rto) == 12);
static_assert(offsetof(Info, tcpi_snd_sbbytes) == 32 && offsetof(Info, tcpi_rttvar) == 48);
// The bit fields of fast open lie between.
static_assert(offsetof(Info, tcpi_txpackets) == 56 && offsetof(Info, tcpi_rxpackets) == 80);
static_assert(offsetof(Info, tcpi_txretransmitpackets) == 104 && sizeof(Info) == 112);

}  // namespace berkeley
