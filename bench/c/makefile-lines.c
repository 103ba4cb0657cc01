// Lines that wait in a unix stream, read one by one to its end: getline(3), in one thread.
#include "bench.h"

#define LINES 1000
#define LINE 80

static char text[LINES * LINE];

static void read_lines(long count, int check) {
  char* line = NULL;
  size_t room = 0;
  for (long i = 0; i < count; i++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) fail("socketpair");
    send_all(ends[0], text, sizeof text);
    close(ends[0]);
    FILE* file = fdopen(ends[1], "r");
    if (!file) fail("fdopen");
    long lines = 0;
    for (; getline(&line, &room, file) == LINE; lines++) {
      if (check && memcmp(line, text + lines * LINE, LINE) != 0)
        errno = 0, fail("another line came");
    }
    if (lines != LINES) errno = 0, fail("getline");
    fclose(file);
  }
  free(line);
}

int main(int argc, char** argv) {
  long count = number(argc, argv, "count", 10);
  for (int i = 0; i < LINES; i++) {
    memset(text + i * LINE, 'a' + i % 26, LINE);
    text[i * LINE + LINE - 1] = '\n';
  }
  read_lines(number(argc, argv, "checked", 1), 1);
  read_lines(number(argc, argv, "warmup", 0), 0);
  int64_t cpu = cpu_ns(), start = now_ns();
  read_lines(count, 0);
  int64_t ns = now_ns() - start;
  printf("{\"ns\":%lld,\"cpuNs\":%lld,\"count\":%ld}\n", (long long)ns, (long long)(cpu_ns() - cpu),
         count * LINES);
  return 0;
}
