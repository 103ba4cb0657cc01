"""A descriptor with a byte through a socketpair, and close of what came, in one thread."""

import os
import socket

from common import arguments, cpu_ns, expect, finish, now_ns

given = arguments()
near, far = socket.socketpair()
file = os.open("/dev/null", os.O_RDONLY)


def passed(count, check):
    out = bytearray(1)
    for i in range(count):
        if check:
            out[0] = i & 255
        expect(socket.send_fds(near, [out], [file]) == 1, "send_fds")
        data, [fd], _, _ = socket.recv_fds(far, 1, 1)
        if check:
            expect(data == out and os.path.sameopenfile(fd, file), "another byte or file came")
        os.close(fd)


passed(given.get("checked", 100), True)
passed(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
passed(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"]})
