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
static int64_t ns, cpu;

static void timed(transfer* f, int total) {
  int64_t cpu_before = cpu_ns(), before = now_ns();
  f(total);
  ns += now_ns() - before;
  cpu += cpu_ns() - cpu_before;
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
  int room = ROOM;
  if (near < 0 || far < 0 || setsockopt(far, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) < 0 ||
      bind(far, (struct sockaddr*)&there, length) < 0 ||
      getsockname(far, (struct sockaddr*)&there, &length) < 0)
    fail("socket");
  describe(is_big ? SEGMENT : (int)number(argc, argv, "size", 64));
  int64_t plain = 0, plain_cpu = 0;
  int on = 1, is_gro = !strcmp(mode, "gro");
  for (long i = -checked - warmup; i < count; i++) {
    if (i == 0) ns = cpu = plain = plain_cpu = 0;
    check = i < -warmup;
    if (!strcmp(mode, "receive") || !strcmp(mode, "receive-async")) {
      send_batches(round), timed(receive_batches, round);
    } else if (!strcmp(mode, "send")) {
      timed(send_batches, round), receive_batches(round);
    } else if (!strcmp(mode, "recvfrom")) {
      send_batches(round), timed(receive_singly, round);
    } else if (!strcmp(mode, "sendto")) {
      timed(send_singly, round), receive_batches(round);
    } else {
      // The same datagrams without, to compare with; then with.
      int off = 0;
      if (is_gro) setsockopt(far, IPPROTO_UDP, UDP_GRO, &off, sizeof off);
      int64_t ns_before = ns, cpu_before = cpu;
      if (is_gro)
        send_segmented(round), timed(receive_batches, round);
      else
        timed(send_batches, round), receive_batches(round);
      plain += ns - ns_before, ns = ns_before;
      plain_cpu += cpu - cpu_before, cpu = cpu_before;
      if (is_gro && setsockopt(far, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) fail("UDP_GRO");
      if (is_gro)
        send_segmented(round), timed(receive_joined, round);
      else
        timed(send_segmented, round), receive_batches(round);
    }
  }
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld,\"plainNs\":%lld,\"plainCpuNs\":%lld}\n",
         (long long)ns, (long long)cpu, count * round, (long long)plain, (long long)plain_cpu);
  return 0;
}
