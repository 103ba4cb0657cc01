import socket

from common import arguments, cpu_ns, expect, finish, now_ns

given = arguments()
near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def pairs(count, check):
    out, into = bytearray(1), bytearray(1)
    for i in range(count):
        if check:
            out[0] = i & 255
        if near.send(out) != 1 or far.recv_into(into) != 1:
            raise RuntimeError("send, recv_into")
        if check:
            expect(into == out, "another byte came out")


pairs(given.get("checked", 100), True)
pairs(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
pairs(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"]})
