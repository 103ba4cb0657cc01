// Connects and closes, one after the other.
#include "load.h"

static void connections(long count, long port, int check) {
  for (long i = 0; i < count; i++) {
    int fd = connect_loopback(port);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (check && (getpeername(fd, (struct sockaddr*)&address, &length) < 0 ||
                  ntohs(address.sin_port) != port)) {
      errno = 0, fail("connected to another port");
    }
    close_at_once(fd);
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000), port = number(argc, argv, "port", 0);
  connect_loopback(port);  // Its end tells the sink that this program has ended.
  connections(number(argc, argv, "checked", 10), port, 1);
  connections(number(argc, argv, "warmup", 0), port, 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  connections(count, port, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count);
  return 0;
}
