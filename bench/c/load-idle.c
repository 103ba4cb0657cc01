// The clients of an echo server that mostly wait: the memory that each of `count` connections costs
// the server once it has had a message echoed and waits for the next.
#include "load.h"

#define MESSAGE 64
#define WAVE 100
#define NOISE 65536
#define MOST_READINGS 80
#define SPARE_DESCRIPTORS 100

static unsigned char* pattern;

// The server's resident memory in bytes. smaps_rollup counts pages; the figures of other files may
// lag behind by some.
static long resident_of(long pid) {
  char line[256];
  long kib = -1;
  snprintf(line, sizeof line, "/proc/%ld/smaps_rollup", pid);
  FILE* file = fopen(line, "r");
  if (!file) fail(line);
  while (kib < 0 && fgets(line, sizeof line, file)) sscanf(line, "Rss: %ld kB", &kib);
  fclose(file);
  if (kib < 0) errno = 0, fail("no Rss in smaps_rollup");
  return kib * 1024;
}

// Servers with a garbage collector run it ten times a second, and give pages back some time later:
// waits until they have not given any back for a while.
static long settled_resident_of(long pid, long readings) {
  long lowest = resident_of(pid);
  for (long still = 0, i = 0; still < readings && i < MOST_READINGS; i++) {
    sleep_ms(100);
    long now = resident_of(pid);
    still = now < lowest - NOISE ? 0 : still + 1;
    if (now < lowest) lowest = now;
  }
  return lowest;
}

static void echo(int fd, long seed) {
  unsigned char in[MESSAGE];
  const unsigned char* out = pattern + seed % CHUNK;
  send_all(fd, out, MESSAGE);
  if (!receive_all(fd, in, MESSAGE) || memcmp(in, out, MESSAGE) != 0)
    errno = 0, fail("other bytes came back");
}

// A wave at a time: no listener need have room for more.
static void open_connections(int* fds, long count, long port) {
  for (long i = 0; i < count; i += WAVE) {
    long end = i + WAVE < count ? i + WAVE : count;
    for (long at = i; at < end; at++) fds[at] = connect_loopback(port);
    for (long at = i; at < end; at++) echo(fds[at], at);
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 100), warmup = number(argc, argv, "warmup", 10);
  long pid = number(argc, argv, "pid", 0), port = number(argc, argv, "port", 0);
  long settle = number(argc, argv, "settle", 1);  // tenths of a second
  long most = raise_descriptor_limit() - SPARE_DESCRIPTORS;
  if (count > most) count = most;
  int* fds = calloc((size_t)(count + warmup), sizeof *fds);
  if (!fds || count <= 0) fail("calloc");
  pattern = new_pattern();

  open_connections(fds, warmup, port);
  for (long i = 0; i < warmup; i++) close(fds[i]);
  long before = settled_resident_of(pid, settle);
  open_connections(fds, count, port);
  long bytes = settled_resident_of(pid, settle) - before;
  // They are alive, all of them.
  for (long i = 0; i < count; i++) echo(fds[i], 7 * i);
  printf("{\"bytes\":%ld,\"count\":%ld}\n", bytes, count);
  return 0;
}
