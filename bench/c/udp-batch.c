// Datagrams out of one socket and into another in one thread, in rounds that the receive buffer has
// room for; only one side of it is measured.
#include "bench.h"

#include <netinet/udp.h>

#define ROUND 256
#define BATCH 64
#define SEGMENT 1200
#define SEGMENTS 50
#define MESSAGES 3
#define ROOM 212992
#define BIG 65536

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

static int near, far;
static struct sockaddr_in there;
static uint32_t next_sent, next_received;
static int check;

static struct mmsghdr out[BATCH], into[BATCH];
static struct iovec out_parts[BATCH], into_parts[BATCH];
static struct sockaddr_storage names[BATCH];
static _Alignas(struct cmsghdr) char out_control[CMSG_SPACE(2)];
static _Alignas(struct cmsghdr) char into_control[BATCH][CMSG_SPACE(4)];
static unsigned char *out_data, *into_data;
static volatile uint64_t seen;

static void describe(int size) {
  out_data = calloc(BATCH, BIG), into_data = calloc(BATCH, BIG);
  if (!out_data || !into_data) fail("calloc");
  for (int i = 0; i < BATCH; i++) {
    out_parts[i] = (struct iovec){out_data + (size_t)i * BIG, (size_t)size};
    into_parts[i] = (struct iovec){into_data + (size_t)i * BIG, BIG};
    out[i].msg_hdr = (struct msghdr){.msg_iov = &out_parts[i], .msg_iovlen = 1};
    out[i].msg_hdr.msg_name = &there, out[i].msg_hdr.msg_namelen = sizeof there;
    into[i].msg_hdr = (struct msghdr){.msg_iov = &into_parts[i], .msg_iovlen = 1};
    into[i].msg_hdr.msg_name = &names[i];
  }
}

static void put(unsigned char* data) { memcpy(data, &next_sent, 4), next_sent++; }

// What a program does with a datagram at least: look at it and at who sent it.
static void look(const unsigned char* data, const struct sockaddr_storage* name) {
  uint32_t sequence;
  memcpy(&sequence, data, 4);
  seen += sequence + ntohs(((const struct sockaddr_in*)name)->sin_port);
  if (check && sequence != next_received) errno = 0, fail("another datagram came");
  next_received++;
}

static void send_batches(int total) {
  for (int done = 0; done < total;) {
    int count = total - done < BATCH ? total - done : BATCH;
    for (int i = 0; i < count; i++) put(out_parts[i].iov_base);
    if (sendmmsg(near, out, (unsigned)count, MSG_NOSIGNAL) != count) fail("sendmmsg");
    done += count;
  }
}

static void receive_batches(int total) {
  for (int done = 0; done < total;) {
    for (int i = 0; i < BATCH; i++) into[i].msg_hdr.msg_namelen = sizeof names[i];
    int count = recvmmsg(far, into, BATCH, MSG_WAITFORONE, NULL);
    if (count <= 0) fail("recvmmsg");
    for (int i = 0; i < count; i++) look(into_parts[i].iov_base, &names[i]);
    done += count;
  }
}

static void send_singly(int total) {
  for (int done = 0; done < total; done++) {
    put(out_data);
    if (sendto(near, out_data, out_parts[0].iov_len, MSG_NOSIGNAL, (struct sockaddr*)&there,
               sizeof there) < 0)
      fail("sendto");
  }
}

static void receive_singly(int total) {
  for (int done = 0; done < total; done++) {
    socklen_t length = sizeof names[0];
    if (recvfrom(far, into_data, BIG, 0, (struct sockaddr*)&names[0], &length) < 0)
      fail("recvfrom");
    look(into_data, &names[0]);
  }
}

// One message that the kernel cuts into SEGMENTS datagrams.
static void send_segmented(int total) {
  struct msghdr message = out[0].msg_hdr;
  struct iovec part = {out_data, SEGMENT * SEGMENTS};
  message.msg_iov = &part;
  message.msg_control = out_control, message.msg_controllen = sizeof out_control;
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_UDP, header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(2);
  uint16_t size = SEGMENT;
  memcpy(CMSG_DATA(header), &size, 2);
  for (int done = 0; done < total; done += SEGMENTS) {
    for (int i = 0; i < SEGMENTS; i++) put(out_data + i * SEGMENT);
    if (sendmsg(near, &message, MSG_NOSIGNAL) != SEGMENT * SEGMENTS) fail("sendmsg");
  }
}

// Messages that the kernel has joined from datagrams.
static void receive_joined(int total) {
  for (int done = 0; done < total;) {
    for (int i = 0; i < BATCH; i++) {
      into[i].msg_hdr.msg_namelen = sizeof names[i];
      into[i].msg_hdr.msg_control = into_control[i];
      into[i].msg_hdr.msg_controllen = sizeof into_control[i];
    }
    int count = recvmmsg(far, into, BATCH, MSG_WAITFORONE, NULL);
    if (count <= 0) fail("recvmmsg");
    for (int i = 0; i < count; i++) {
      struct cmsghdr* header = CMSG_FIRSTHDR(&into[i].msg_hdr);
      unsigned size = into[i].msg_len;
      if (header && header->cmsg_type == UDP_GRO) memcpy(&size, CMSG_DATA(header), 4);
      for (unsigned at = 0; at < into[i].msg_len; at += size, done++)
        look((unsigned char*)into_parts[i].iov_base + at, &names[i]);
    }
  }
}

typedef void transfer(int total);
#define MOST_ROUNDS 100000

// How long each round took: the median of them is told, which other work on the machine changes
// little.
struct times {
  int64_t ns[MOST_ROUNDS];
  long count;
};
static struct times with, without;

static void timed(struct times* times, transfer* f, int total) {
  int64_t before = now_ns();
  f(total);
  if (times->count < MOST_ROUNDS) times->ns[times->count++] = now_ns() - before;
}

static int compare(const void* a, const void* b) {
  int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static long long median(struct times* times) {
  if (times->count == 0) return 0;
  qsort(times->ns, (size_t)times->count, sizeof times->ns[0], compare);
  return times->ns[times->count / 2];
}

int main(int argc, char** argv) {
  const char* mode = argument(argc, argv, "mode", "receive");
  long count = number(argc, argv, "count", 100);
  long checked = number(argc, argv, "checked", 1), warmup = number(argc, argv, "warmup", 0);
  int is_big = !strcmp(mode, "gso") || !strcmp(mode, "gro");
  int round = is_big ? SEGMENTS * MESSAGES : ROUND;
  socklen_t length = sizeof there;
  there = loopback(0);
  near = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  far = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int room = ROOM, on = 1, off = 0, is_gro = !strcmp(mode, "gro");
  if (near < 0 || far < 0 || setsockopt(far, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) < 0 ||
      bind(far, (struct sockaddr*)&there, length) < 0 ||
      getsockname(far, (struct sockaddr*)&there, &length) < 0)
    fail("socket");
  describe(is_big ? SEGMENT : (int)number(argc, argv, "size", 64));
  int64_t cpu = cpu_ns();
  for (long i = -checked - warmup; i < count; i++) {
    if (i == 0) with.count = without.count = 0, cpu = cpu_ns();
    check = i < -warmup;
    if (!strcmp(mode, "receive") || !strcmp(mode, "receive-async")) {
      send_batches(round), timed(&with, receive_batches, round);
    } else if (!strcmp(mode, "send")) {
      timed(&with, send_batches, round), receive_batches(round);
    } else if (!strcmp(mode, "recvfrom")) {
      send_batches(round), timed(&with, receive_singly, round);
    } else if (!strcmp(mode, "sendto")) {
      timed(&with, send_singly, round), receive_batches(round);
    } else if (is_gro) {
      // The same datagrams without, to compare with; then with.
      setsockopt(far, IPPROTO_UDP, UDP_GRO, &off, sizeof off);
      send_segmented(round), timed(&without, receive_batches, round);
      if (setsockopt(far, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) fail("UDP_GRO");
      send_segmented(round), timed(&with, receive_joined, round);
    } else {
      timed(&without, send_batches, round), receive_batches(round);
      timed(&with, send_segmented, round), receive_batches(round);
    }
  }
  cpu = cpu_ns() - cpu;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%d,\"plainNs\":%lld}\n", median(&with),
         (long long)cpu, round, median(&without));
  return 0;
}
