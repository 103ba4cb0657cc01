"""Lines that wait in a unix stream, read one by one to its end, in one thread."""

import socket

from common import arguments, cpu_ns, expect, finish, now_ns

given = arguments()
lines = [chr(97 + i % 26) * 79 + "\n" for i in range(1000)]
text = "".join(lines).encode()


def read_lines(count, check):
    for _ in range(count):
        near, far = socket.socketpair()
        near.sendall(text)
        near.close()
        file = far.makefile("r", encoding="utf-8")
        at = 0
        for line in file:
            if check:
                expect(line == lines[at], "another line came")
            at += 1
        expect(at == len(lines), "another number of lines came")
        file.close()
        far.close()


read_lines(given.get("checked", 1), True)
read_lines(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
read_lines(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"] * len(lines)})
