// Many chunks of 64 KiB in one direction: mode recv or recvInto from tcp-source, mode sendall to
// tcp-sink. In C both ways to receive are the same: into a buffer that is there already. lowat=N
// sets SO_RCVLOWAT but for the end: Linux does not wake a recv that has a part for less than that.
#include "bench.h"

static unsigned char buffer[CHUNK], *pattern;
static uint64_t lowat;

static void set_low_water(int fd, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes) != 0) fail("SO_RCVLOWAT");
}

static long receive_chunks(int fd, long chunks, int check) {
  uint64_t total = (uint64_t)chunks * CHUNK;
  long calls = 0;
  send_all(fd, &total, sizeof total);
  if (lowat > 0) set_low_water(fd, (int)lowat);
  for (uint64_t seen = 0; seen < total; calls++) {
    if (total - seen < 2 * lowat) set_low_water(fd, 1);
    ssize_t n = recv(fd, buffer, CHUNK, 0);
    if (n <= 0) fail("recv");
    if (check && memcmp(buffer, pattern + seen % CHUNK, (size_t)n) != 0)
      errno = 0, fail("other bytes came");
    seen += (uint64_t)n;
  }
  return calls;
}

static long send_chunks(int fd, long chunks, int check) {
  uint64_t announced[2] = {(uint64_t)chunks * CHUNK, (uint64_t)check}, good;
  send_all(fd, announced, sizeof announced);
  for (long i = 0; i < chunks; i++) send_all(fd, pattern, CHUNK);
  if (!receive_all(fd, &good, sizeof good) || good != announced[0])
    errno = 0, fail("the sink got other bytes");
  return chunks;
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 100);
  int sending = strcmp(argument(argc, argv, "mode", "recvInto"), "sendall") == 0;
  long (*transfer)(int, long, int) = sending ? send_chunks : receive_chunks;
  lowat = (uint64_t)number(argc, argv, "lowat", 0);
  pattern = new_pattern();
  int fd = connect_loopback(number(argc, argv, "port", 0));
  transfer(fd, number(argc, argv, "checked", 10), 1);
  transfer(fd, number(argc, argv, "warmup", 0), 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  long calls = transfer(fd, count, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld,\"calls\":%ld}\n", (long long)ns,
         (long long)(cpu_ns() - cpu), count, calls);
  return 0;
}
