// Single calls that never wait, each timed on its own: ns a call as {"ns": {name: ...}}.
#include "bench.h"

static int ends[2], tcp;
static unsigned char bytes[64];

static void call_getsockopt(void) {
  int value;
  socklen_t length = sizeof value;
  if (getsockopt(tcp, SOL_SOCKET, SO_TYPE, &value, &length) < 0 || value != SOCK_STREAM)
    fail("getsockopt");
}

static void call_setsockopt(void) {
  int on = 1;
  if (setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("setsockopt");
}

// The text of the address included: the other languages give it too.
static void call_getsockname(void) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  char text[INET_ADDRSTRLEN];
  if (getsockname(tcp, (struct sockaddr*)&address, &length) < 0) fail("getsockname");
  if (!inet_ntop(AF_INET, &address.sin_addr, text, sizeof text)) fail("inet_ntop");
}

static void call_would_block(void) {
  if (recv(ends[0], bytes, sizeof bytes, MSG_DONTWAIT) >= 0 || errno != EAGAIN) fail("recv");
}

static void call_send_recv(void) {
  if (send(ends[0], bytes, sizeof bytes, MSG_NOSIGNAL) != sizeof bytes) fail("send");
  if (recv(ends[1], bytes, sizeof bytes, 0) != sizeof bytes) fail("recv");
}

static double time_call(void (*call)(void), long count) {
  for (long i = 0; i < count / 10; i++) call();
  int64_t start = now_ns();
  for (long i = 0; i < count; i++) call();
  return (double)(now_ns() - start) / (double)count;
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000);
  struct sockaddr_in address = loopback(0);
  tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (tcp < 0 || bind(tcp, (struct sockaddr*)&address, sizeof address) < 0) fail("bind");
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
  printf("{\"ns\":{\"getsockopt\":%.1f,", time_call(call_getsockopt, count));
  printf("\"setsockopt\":%.1f,", time_call(call_setsockopt, count));
  printf("\"getsockname\":%.1f,", time_call(call_getsockname, count));
  printf("\"wouldBlock\":%.1f,", time_call(call_would_block, count));
  printf("\"sendRecv\":%.1f}}\n", time_call(call_send_recv, count));
  return 0;
}
