// Starts the command that its first arguments are, again and again, and tells how long that takes:
// with `bare` until it has ended, less what its sibling of that name takes, in turns with it;
// else until it has connected to the port that it is told, and has sent a byte back.
#include "bench.h"

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

enum { MAX_ARGUMENTS = 16, LIMIT_MS = 20000 };

struct cost {
  int64_t ns;
  int64_t cpu_ns;
};

static pid_t spawn(char** command) {
  pid_t pid;
  errno = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);
  if (errno != 0) fail(command[0]);
  return pid;
}

// Waits for the end of a process: user and system time of all its threads.
static int64_t ended(pid_t pid) {
  int status;
  struct rusage u;
  if (wait4(pid, &status, 0, &u) != pid) fail("wait4");
  if (status != 0) {
    errno = 0;
    fail("the program that was started");
  }
  return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000 +
         ((int64_t)u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

static struct cost until_end(char** command) {
  int64_t start = now_ns();
  int64_t cpu = ended(spawn(command));
  return (struct cost){now_ns() - start, cpu};
}

// Waits for news of a descriptor, as long as a slow start may take.
static void wait_readable(int fd) {
  struct pollfd target = {.fd = fd, .events = POLLIN};
  if (poll(&target, 1, LIMIT_MS) == 1) return;
  errno = ETIMEDOUT;
  fail("wait for the program that was started");
}

static struct cost until_byte(char** command, int listener, unsigned char byte) {
  int64_t start = now_ns();
  pid_t pid = spawn(command);
  wait_readable(listener);
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail("accept4");
  no_delay(fd);
  unsigned char answer = (unsigned char)~byte;
  if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1) fail("send");
  wait_readable(fd);
  if (recv(fd, &answer, 1, 0) != 1) fail("recv");
  int64_t ns = now_ns() - start;
  errno = 0;
  if (answer != byte) fail("the byte that came back");
  close(fd);
  return (struct cost){ns, ended(pid)};
}

// The program's sibling `bare`: `bench/berkeley/bare.js` for `bench/berkeley/import.js`.
static char* sibling(const char* path) {
  const char* slash = strrchr(path, '/');
  const char* dot = strrchr(path, '.');
  char* name = NULL;
  if (slash == NULL || dot < slash ||
      asprintf(&name, "%.*s/bare%s", (int)(slash - path), path, dot) < 0) {
    fail("the sibling of the program");
  }
  return name;
}

int main(int argc, char** argv) {
  char* command[MAX_ARGUMENTS + 2] = {NULL};
  int words = 0;
  while (words + 1 < argc && words < MAX_ARGUMENTS && strchr(argv[words + 1], '=') == NULL) {
    command[words] = argv[words + 1];
    words++;
  }
  if (words == 0) fail("a command to start");
  long warmup = number(argc, argv, "warmup", 0);
  long count = number(argc, argv, "count", 1);
  char* bare[MAX_ARGUMENTS + 2];
  memcpy(bare, command, sizeof bare);
  int listener = -1;
  char port[32];
  int against = strcmp(argument(argc, argv, "against", ""), "bare") == 0;
  if (against) {
    bare[words - 1] = sibling(command[words - 1]);
  } else {
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr*)&address, length) < 0 ||
        listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr*)&address, &length) < 0) {
      fail("listen");
    }
    snprintf(port, sizeof port, "port=%d", ntohs(address.sin_port));
    command[words] = port;
  }
  struct cost all = {0, 0};
  for (long i = -warmup; i < count; i++) {
    struct cost cost;
    if (against) {
      // In turns, now the one first, now the other.
      struct cost first = until_end(i % 2 == 0 ? command : bare);
      struct cost second = until_end(i % 2 == 0 ? bare : command);
      int64_t sign = i % 2 == 0 ? 1 : -1;
      cost = (struct cost){sign * (first.ns - second.ns), sign * (first.cpu_ns - second.cpu_ns)};
    } else {
      cost = until_byte(command, listener, (unsigned char)(i & 0xff));
    }
    if (i < 0) continue;
    all.ns += cost.ns;
    all.cpu_ns += cost.cpu_ns;
  }
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)all.ns, (long long)all.cpu_ns,
         count);
  return 0;
}
