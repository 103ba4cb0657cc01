"""A datagram of two halves out with a control message, and into two halves with one, in one thread."""

import socket
import struct

from common import arguments, cpu_ns, expect, finish, now_ns

HALF = 32

given = arguments()
near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for sock in near, far:
    sock.bind(("127.0.0.1", 0))
near.connect(far.getsockname())
far.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)


def exchange(count, check):
    out = [bytearray(HALF), bytearray(HALF)]
    into = [bytearray(HALF), bytearray(HALF)]
    room = socket.CMSG_SPACE(4)
    for i in range(count):
        tos = 4 * (i % 8)
        if check:
            for part, half in enumerate(out):
                half[:] = bytes([(i + part) & 255]) * HALF
        control = [(socket.IPPROTO_IP, socket.IP_TOS, struct.pack("=i", tos))]
        expect(near.sendmsg(out, control) == 2 * HALF, "sendmsg")
        length, [(level, _, data)], _, _ = far.recvmsg_into(into, room)
        expect(length == 2 * HALF, "recvmsg_into")
        expect(level == socket.IPPROTO_IP and data[0] == tos, "another control message came")
        if check:
            expect(into == out, "other bytes came")


exchange(given.get("checked", 100), True)
exchange(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
exchange(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"]})
