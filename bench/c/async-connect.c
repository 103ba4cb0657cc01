// Connects and closes, `parallel` at a time over epoll.
#include "load.h"

static int poller;

static void begin(long port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  if (connect(fd, (struct sockaddr*)&address, sizeof address) < 0 && errno != EINPROGRESS)
    fail("connect");
  struct epoll_event event = {.events = EPOLLOUT, .data.fd = fd};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void end(int fd) {
  int error;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) fail("getsockopt");
  if (error) errno = error, fail("connect");
  no_delay(fd);
  close_at_once(fd);
}

static void connections(long count, long parallel, long port) {
  struct epoll_event events[64];
  long begun = 0;
  for (; begun < count && begun < parallel; begun++) begin(port);
  for (long done = 0; done < count;) {
    int ready = epoll_wait(poller, events, 64, -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; i++, done++) {
      end(events[i].data.fd);
      if (begun < count) begin(port), begun++;
    }
  }
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 1000), port = number(argc, argv, "port", 0);
  long parallel = number(argc, argv, "parallel", 8);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) fail("epoll_create1");
  connect_loopback(port);  // Its end tells the sink that this program has ended.
  connections(number(argc, argv, "checked", 10) + number(argc, argv, "warmup", 0), parallel, port);
  int64_t cpu = cpu_ns(), start = now_ns();
  connections(count, parallel, port);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count);
  return 0;
}
