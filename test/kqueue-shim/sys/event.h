// The part of macOS's <sys/event.h> that this package uses, with its numbers, for tests on Linux.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_USER (-10)
#define EVFILT_EXCEPT (-15)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

#define NOTE_TRIGGER 0x01000000
#define NOTE_FFOR 0x80000000
#define NOTE_OOB 0x00000002

struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  intptr_t data;
  void* udata;
};

#define EV_SET(event, a, b, c, d, e, f) \
  do {                                  \
    struct kevent* set = (event);       \
    set->ident = (a);                   \
    set->filter = (b);                  \
    set->flags = (c);                   \
    set->fflags = (d);                  \
    set->data = (e);                    \
    set->udata = (f);                   \
  } while (0)

int kqueue();
int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events,
           int event_count, const timespec* timeout);
