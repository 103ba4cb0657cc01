// The echo server of async-echo.c over io_uring(7), by raw system calls: a multishot accept, a
// multishot receive for each connection into a ring of buffers, each send from the buffer that was
// received into, and one system call that submits a batch of sends and waits for the next one.
// Sockets are entries of the ring's own table of files, so no descriptor is looked up. With
// receive=single each receive is a request of its own, into the connection's buffer. With probe=yes
// it only tries whether the kernel allows all this.
#include "bench.h"

#if __has_include(<linux/io_uring.h>)
#include <linux/io_uring.h>
#endif

#ifndef IORING_SETUP_DEFER_TASKRUN
int main(void) {
  fputs("built with headers older than Linux 6.1, which lack what is needed\n", stderr);
  return 1;
}
#else
#include <sys/mman.h>
#include <sys/syscall.h>

enum { ACCEPT, RECEIVE, SEND, CLOSE };
enum { SUBMISSIONS = 4096, COMPLETIONS = 16384, FILES = 16384, BUFFERS = 2048 };
// Not a power of two, so that the buffers do not all share a few sets of the cache.
enum { BUFFER_SIZE = 1088 };

static int ring, single;
static struct io_uring_sqe* submissions;
static struct io_uring_cqe* completions;
static unsigned *sq_tail, *cq_head, *cq_tail, sq_mask, cq_mask, local_tail, submitted;
static struct io_uring_buf_ring* buffers;
static uint16_t buffers_tail;
static char* memory;
// Of the batch, whose sends are done when it has been submitted.
static uint16_t sent[BUFFERS];
static unsigned sent_count;

static void* map(size_t size, int fd, off_t offset) {
  int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, fd, offset);
  if (at == MAP_FAILED) fail("mmap");
  return at;
}

static int enroll(unsigned what, void* argument, unsigned count) {
  return (int)syscall(__NR_io_uring_register, ring, what, argument, count);
}

static void open_ring(void) {
  struct io_uring_params p = {.cq_entries = COMPLETIONS};
  p.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_SUBMIT_ALL |
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  ring = (int)syscall(__NR_io_uring_setup, SUBMISSIONS, &p);
  if (ring < 0) fail("io_uring_setup");
  size_t sq_size = p.sq_off.array + p.sq_entries * sizeof(unsigned);
  size_t cq_size = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  char* at = map(sq_size > cq_size ? sq_size : cq_size, ring, IORING_OFF_SQ_RING);
  submissions = map(p.sq_entries * sizeof *submissions, ring, IORING_OFF_SQES);
  completions = (struct io_uring_cqe*)(at + p.cq_off.cqes);
  sq_tail = (unsigned*)(at + p.sq_off.tail);
  cq_head = (unsigned*)(at + p.cq_off.head);
  cq_tail = (unsigned*)(at + p.cq_off.tail);
  sq_mask = p.sq_entries - 1;
  cq_mask = p.cq_entries - 1;
  for (unsigned i = 0; i <= sq_mask; i++) ((unsigned*)(at + p.sq_off.array))[i] = i;
}

static void give_buffer(unsigned id) {
  struct io_uring_buf* entry = &buffers->bufs[buffers_tail++ & (BUFFERS - 1)];
  entry->addr = (uintptr_t)(memory + (size_t)id * BUFFER_SIZE);
  entry->len = BUFFER_SIZE;
  entry->bid = (uint16_t)id;
}

static void open_buffers(void) {
  buffers = map(BUFFERS * sizeof(struct io_uring_buf), -1, 0);
  memory = map((size_t)(single ? FILES : BUFFERS) * BUFFER_SIZE, -1, 0);
  struct io_uring_buf_reg r = {.ring_addr = (uintptr_t)buffers, .ring_entries = BUFFERS};
  if (enroll(IORING_REGISTER_PBUF_RING, &r, 1) < 0) fail("a ring of buffers");
  for (unsigned i = 0; i < BUFFERS; i++) give_buffer(i);
  __atomic_store_n(&buffers->tail, buffers_tail, __ATOMIC_RELEASE);
}

// Submits what there is, whose sends are done then, and waits for `least` completions.
static void enter(unsigned least) {
  __atomic_store_n(sq_tail, local_tail, __ATOMIC_RELEASE);
  long n = syscall(__NR_io_uring_enter, ring, local_tail - submitted, least, IORING_ENTER_GETEVENTS,
                   NULL, 0);
  if (n < 0 && errno != EINTR) fail("io_uring_enter");
  if (n > 0) submitted += (unsigned)n;
  if (submitted != local_tail) fail("a submission was not taken");
  for (unsigned i = 0; i < sent_count; i++) give_buffer(sent[i]);
  if (sent_count) __atomic_store_n(&buffers->tail, buffers_tail, __ATOMIC_RELEASE);
  sent_count = 0;
}

static struct io_uring_sqe* submission(int operation, unsigned what, int file) {
  if (local_tail - submitted > sq_mask) enter(0);
  struct io_uring_sqe* sqe = &submissions[local_tail++ & sq_mask];
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = (uint8_t)operation;
  sqe->fd = file;
  sqe->user_data = (uint64_t)file << 2 | what;
  return sqe;
}

static void accept_all(int listener) {
  struct io_uring_sqe* sqe = submission(IORING_OP_ACCEPT, ACCEPT, listener);
  sqe->ioprio = IORING_ACCEPT_MULTISHOT;
  sqe->accept_flags = SOCK_NONBLOCK;
  sqe->file_index = IORING_FILE_INDEX_ALLOC;
}

static void receive(int file) {
  struct io_uring_sqe* sqe = submission(IORING_OP_RECV, RECEIVE, file);
  sqe->flags = IOSQE_FIXED_FILE;
  if (single) {
    sqe->addr = (uintptr_t)(memory + (size_t)file * BUFFER_SIZE);
    sqe->len = BUFFER_SIZE;
    sqe->ioprio = IORING_RECVSEND_POLL_FIRST;
    return;
  }
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->ioprio = IORING_RECV_MULTISHOT;
}

static void drop(int file) {
  struct io_uring_sqe* sqe = submission(IORING_OP_CLOSE, CLOSE, 0);
  sqe->file_index = (unsigned)file + 1;
}

static void echo(int file, unsigned id, int size) {
  struct io_uring_sqe* sqe = submission(IORING_OP_SEND, SEND, file);
  sqe->addr = (uintptr_t)(memory + (size_t)id * BUFFER_SIZE);
  sqe->len = (unsigned)size;
  // It is done, or has failed, when it has been submitted; only a failure completes. What is in
  // flight is far less than a send buffer, and so never sent in part.
  sqe->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  sqe->flags = IOSQE_CQE_SKIP_SUCCESS | IOSQE_FIXED_FILE;
  if (!single) sent[sent_count++] = (uint16_t)id;
}

static void received(int file, int result, unsigned flags) {
  if (result <= 0 && result != -ENOBUFS) return drop(file);
  if (result > 0) echo(file, single ? (unsigned)file : flags >> IORING_CQE_BUFFER_SHIFT, result);
  if (!(flags & IORING_CQE_F_MORE)) receive(file);
}

static void complete(const struct io_uring_cqe* cqe, int listener) {
  int file = (int)(cqe->user_data >> 2);
  errno = cqe->res < 0 ? -cqe->res : 0;
  switch (cqe->user_data & 3) {
    case ACCEPT:
      if (cqe->res < 0) fail("accept");
      receive(cqe->res);
      if (!(cqe->flags & IORING_CQE_F_MORE)) accept_all(listener);
      return;
    case RECEIVE:
      return received(file, cqe->res, cqe->flags);
    case SEND:
      fail("send");
    case CLOSE:
      if (cqe->res < 0) fail("close");
  }
}

int main(int argc, char** argv) {
  raise_descriptor_limit();
  single = strcmp(argument(argc, argv, "receive", "multishot"), "single") == 0;
  open_ring();
  open_buffers();
  struct io_uring_rsrc_register files = {.nr = FILES, .flags = IORING_RSRC_REGISTER_SPARSE};
  if (enroll(IORING_REGISTER_FILES2, &files, sizeof files) < 0) fail("a table of files");
  if (strcmp(argument(argc, argv, "probe", "no"), "yes") == 0) return 0;
  int listener = listen_loopback(SOCK_NONBLOCK, BACKLOG);
  // Accepted sockets inherit it.
  no_delay(listener);
  accept_all(listener);
  for (;;) {
    enter(1);
    unsigned head = *cq_head, tail = __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE);
    for (; head != tail; head++) complete(&completions[head & cq_mask], listener);
    __atomic_store_n(cq_head, head, __ATOMIC_RELEASE);
  }
}
#endif
