// Datagrams by turns with MSG_ZEROCOPY and without, in a network of its own: over a bridge that has
// no ports, which drops what it is given without a copy, or over loopback, which copies. What each
// costs the sender, completions included.
#include "bench.h"

#include <linux/errqueue.h>
#include <poll.h>
#include <sched.h>

#define TURNS 10
#define WINDOW 16
// So much data by turns that no cache has it: what is sent is seldom what was just sent.
#define SPAN (64 << 20)

static unsigned char* data;
static size_t size, at;
static int fd;

static const unsigned char* send_one(int flags) {
  const unsigned char* next = data + at;
  at = at + 2 * size > SPAN ? 0 : at + size;
  while (send(fd, next, size, flags) < 0) {
    // What nobody receives over loopback is told of.
    if (errno != ECONNREFUSED) fail("send");
  }
  return next;
}

// How many sends the kernel has done with.
static long read_completions(void) {
  char control[256];
  struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
    if (errno != EAGAIN) fail("recvmsg");
    struct pollfd waited = {.fd = fd};
    if (poll(&waited, 1, -1) < 0) fail("poll");
    return 0;
  }
  for (struct cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    struct sock_extended_err* e = (struct sock_extended_err*)CMSG_DATA(c);
    if (e->ee_origin == SO_EE_ORIGIN_ZEROCOPY) return (long)(e->ee_data - e->ee_info) + 1;
  }
  return 0;
}

static void run(long count, int flags) {
  for (long done = 0; done < count; done += WINDOW) {
    for (int i = 0; i < WINDOW; i++) send_one(flags);
    for (long left = flags ? WINDOW : 0; left > 0;) left -= read_completions();
  }
}

static void open_socket(void) {
  int on = 1;
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) < 0) fail("socket");
}

// Both ways over loopback to a receiver that compares.
static void check(long count) {
  static unsigned char received[CHUNK];
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (receiver < 0 || bind(receiver, (struct sockaddr*)&address, length) < 0 ||
      getsockname(receiver, (struct sockaddr*)&address, &length) < 0 ||
      connect(fd, (struct sockaddr*)&address, length) < 0) {
    fail("a receiver");
  }
  for (long i = 0; i < 2 * count; i++) {
    const unsigned char* sent = send_one(i & 1 ? MSG_ZEROCOPY : 0);
    memset(received, 0, sizeof received);
    if (recv(receiver, received, sizeof received, 0) != (ssize_t)size) fail("recv");
    if (memcmp(received, sent, size) != 0) errno = 0, fail("other bytes came");
    while (i & 1 && !read_completions()) {
    }
  }
  close(receiver);
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 100);
  const char* device = argument(argc, argv, "device", "bridge");
  size = (size_t)number(argc, argv, "size", 4096);
  if (!argument(argc, argv, "inside", NULL)) {
    char* script =
        "ip link set lo up && ip link add away mtu 65535 type bridge && "
        "ip addr add 192.0.2.1/24 dev away && ip link set away up && "
        "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 dev away && exec \"$@\" inside=1";
    char* command[32] = {"unshare", "-n", "sh", "-c", script, "sh"};
    for (int i = 0; i < argc && i < 20; i++) command[6 + i] = argv[i];
    execvp("unshare", command);
    fail("unshare");
  }
  data = malloc(SPAN);
  if (!data) fail("malloc");
  for (size_t i = 0; i < SPAN; i++) data[i] = pattern_at(i);
  open_socket();
  check(number(argc, argv, "checked", 1));
  close(fd);
  open_socket();
  struct sockaddr_in away = {.sin_family = AF_INET, .sin_port = htons(9)};
  inet_pton(AF_INET, strcmp(device, "bridge") == 0 ? "192.0.2.2" : "127.0.0.1", &away.sin_addr);
  if (connect(fd, (struct sockaddr*)&away, sizeof away) < 0) fail("connect");
  run(number(argc, argv, "warmup", WINDOW), 0);
  int64_t ns[2] = {0, 0}, cpu[2] = {0, 0};
  for (int turn = 0; turn < 2 * TURNS; turn++) {
    int plain = (turn & 1) ^ (turn / 2 & 1);
    int64_t cpu_before = cpu_ns(), start = now_ns();
    run(count, plain ? 0 : MSG_ZEROCOPY);
    ns[plain] += now_ns() - start;
    cpu[plain] += cpu_ns() - cpu_before;
  }
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld,\"plainNs\":%lld,\"plainCpuNs\":%lld}\n",
         (long long)ns[0], (long long)cpu[0], count * TURNS, (long long)ns[1], (long long)cpu[1]);
  return 0;
}
