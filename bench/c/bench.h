// What every C program of the benchmarks shares: arguments written key=value, the clock, loopback
// sockets, the result.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 65536
#define MAX_SIZE (1 << 20)
#define BACKLOG 1024

_Noreturn static inline void fail(const char* what) {
  fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "unexpected result");
  exit(1);
}

static inline const char* argument(int argc, char** argv, const char* key, const char* fallback) {
  size_t length = strlen(key);
  for (int i = 1; i < argc; i++) {
    if (strncmp(argv[i], key, length) == 0 && argv[i][length] == '=') return argv[i] + length + 1;
  }
  return fallback;
}

static inline long number(int argc, char** argv, const char* key, long fallback) {
  const char* text = argument(argc, argv, key, NULL);
  return text ? strtol(text, NULL, 10) : fallback;
}

static inline int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// User and system time of this process.
static inline int64_t cpu_ns(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return ((int64_t)u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000 +
         ((int64_t)u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

// The stream's byte at offset i: it repeats every CHUNK bytes and differs from itself shifted by
// less than that.
static inline unsigned char pattern_at(size_t i) {
  i %= CHUNK;
  return (unsigned char)(i + 7 * (i >> 8));
}

// Twice the period, so that any CHUNK bytes of the stream are contiguous in it.
static inline unsigned char* new_pattern(void) {
  unsigned char* pattern = malloc(2 * CHUNK);
  if (!pattern) fail("malloc");
  for (size_t i = 0; i < 2 * CHUNK; i++) pattern[i] = pattern_at(i);
  return pattern;
}

static inline struct sockaddr_in loopback(long port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// So that thousands of sockets can be open; the limit that holds then.
static inline long raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
  return limit.rlim_cur > 1000000 ? 1000000 : (long)limit.rlim_cur;
}

static inline void no_delay(int fd) {
  int on = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) fail("setsockopt");
}

static inline int connect_loopback(long port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr*)&address, sizeof address) < 0) fail("connect");
  no_delay(fd);
  return fd;
}

// Listens on a free port and tells it on the first line of stdout.
static inline int listen_loopback(int flags, int backlog) {
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (listener < 0 || bind(listener, (struct sockaddr*)&address, length) < 0 ||
      listen(listener, backlog) < 0 ||
      getsockname(listener, (struct sockaddr*)&address, &length) < 0) {
    fail("listen");
  }
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

// Waits for the one client.
static inline int accept_loopback(void) {
  int listener = listen_loopback(0, 1);
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail("accept");
  close(listener);
  no_delay(fd);
  return fd;
}

static inline void send_all(int fd, const void* data, size_t size) {
  const char* next = data;
  while (size > 0) {
    ssize_t n = send(fd, next, size, MSG_NOSIGNAL);
    if (n < 0) fail("send");
    next += n;
    size -= (size_t)n;
  }
}

// False at the end of the stream before the first byte.
static inline int receive_all(int fd, void* data, size_t size) {
  char* next = data;
  size_t left = size;
  while (left > 0) {
    ssize_t n = recv(fd, next, left, 0);
    if (n < 0) fail("recv");
    if (n == 0 && left == size) return 0;
    if (n == 0) errno = 0, fail("the stream ended early");
    next += n;
    left -= (size_t)n;
  }
  return 1;
}

// The field "latencies" of a result: base64 of the times as they lie in memory, little-endian.
static inline void print_latencies(const uint32_t* times, long count) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char* bytes = (const unsigned char*)times;
  size_t size = (size_t)count * sizeof *times;
  printf(",\"latencies\":\"");
  for (size_t i = 0; i < size; i += 3) {
    uint32_t three = (uint32_t)bytes[i] << 16;
    if (i + 1 < size) three |= (uint32_t)bytes[i + 1] << 8;
    if (i + 2 < size) three |= bytes[i + 2];
    putchar(digits[three >> 18]);
    putchar(digits[three >> 12 & 63]);
    putchar(i + 1 < size ? digits[three >> 6 & 63] : '=');
    putchar(i + 2 < size ? digits[three & 63] : '=');
  }
  putchar('"');
}
