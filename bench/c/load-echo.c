// The clients of an echo server: `connections` with `depth` messages of `size` bytes in flight on
// each; a message is sent when the echo of an earlier one has come.
#include "load.h"

struct connection {
  int fd;
  uint64_t sent, received;  // bytes
  int64_t* sent_at;         // of the messages in flight, as a ring
};

static struct connection* connections;
static long connection_count, depth, size;
static int poller;
static unsigned char *pattern, buffer[CHUNK];

// Each connection's stream starts at another byte of the pattern.
static const unsigned char* stream_at(const struct connection* conn, uint64_t position) {
  return pattern + ((uint64_t)(conn - connections) * 1021 + position) % CHUNK;
}

static void send_messages(struct connection* conn, long count, int64_t now) {
  if (count == 0) return;
  for (long i = 0; i < count; i++) {
    conn->sent_at[(conn->sent / (uint64_t)size + (uint64_t)i) % (uint64_t)depth] = now;
  }
  send_all(conn->fd, stream_at(conn, conn->sent), (size_t)(count * size));
  conn->sent += (uint64_t)(count * size);
}

// Takes what has come, notes how long each message was under way, and gives their number.
static long receive_messages(struct connection* conn, int check, int64_t* now, uint32_t* latency) {
  ssize_t n = recv(conn->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (n <= 0) fail("recv");
  *now = now_ns();
  if (conn->received + (uint64_t)n > conn->sent ||
      (check && memcmp(buffer, stream_at(conn, conn->received), (size_t)n) != 0)) {
    errno = 0, fail("other bytes came back");
  }
  uint64_t first = conn->received / (uint64_t)size;
  conn->received += (uint64_t)n;
  long count = (long)(conn->received / (uint64_t)size - first);
  for (long i = 0; latency && i < count; i++) {
    latency[i] = (uint32_t)(*now - conn->sent_at[(first + (uint64_t)i) % (uint64_t)depth]);
  }
  return count;
}

// `total` messages on all connections together.
static void run(long total, int check, uint32_t* latencies) {
  struct epoll_event events[256];
  long unsent = total;
  for (long i = 0; i < connection_count; i++) {
    long count = unsent < depth ? unsent : depth;
    send_messages(&connections[i], count, now_ns());
    unsent -= count;
  }
  for (long done = 0; done < total;) {
    int ready = epoll_wait(poller, events, 256, -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; i++) {
      struct connection* conn = events[i].data.ptr;
      int64_t now;
      long count = receive_messages(conn, check, &now, latencies ? latencies + done : NULL);
      done += count;
      if (count > unsent) count = unsent;
      send_messages(conn, count, now);
      unsent -= count;
    }
  }
}

static void open_connections(long port) {
  connections = calloc((size_t)connection_count, sizeof *connections);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (!connections || poller < 0) fail("calloc, epoll_create1");
  for (long i = 0; i < connection_count; i++) {
    struct connection* conn = &connections[i];
    conn->fd = connect_loopback(port);
    conn->sent_at = calloc((size_t)depth, sizeof *conn->sent_at);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    if (!conn->sent_at || epoll_ctl(poller, EPOLL_CTL_ADD, conn->fd, &event) < 0)
      fail("calloc, epoll_ctl");
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000), pid = number(argc, argv, "pid", 0);
  connection_count = number(argc, argv, "connections", 1);
  depth = number(argc, argv, "depth", 1);
  size = number(argc, argv, "size", 64);
  pattern = new_pattern();
  uint32_t* latencies = malloc((size_t)count * sizeof *latencies);
  if (!latencies || depth * size > CHUNK) fail("arguments");
  raise_descriptor_limit();
  open_connections(number(argc, argv, "port", 0));
  run(number(argc, argv, "checked", 1000), 1, NULL);
  run(number(argc, argv, "warmup", 0), 0, NULL);
  int64_t cpu = cpu_ns_of(pid), start = now_ns();
  run(count, 0, latencies);
  int64_t ns = now_ns() - start;
  cpu = cpu_ns_of(pid) - cpu;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld", (long long)ns, (long long)cpu, count);
  print_latencies(latencies, count);
  puts("}");
  return 0;
}
