"""Datagrams out of one socket and into another, one at a time; only one side is measured. See c/udp-batch.c."""

import socket
import struct

from common import arguments, cpu_ns, expect, finish, now_ns

ROUND = 256

given = arguments()
mode = given["mode"]
size = given.get("size", 64)
near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 212992)
far.bind(("127.0.0.1", 0))
there = far.getsockname()
out, into = bytearray(size), bytearray(65536)
sequence = {"sent": 0, "received": 0}


def send(total, check):
    for _ in range(total):
        struct.pack_into("<I", out, 0, sequence["sent"])
        sequence["sent"] += 1
        near.sendto(out, there)


def receive(total, check):
    for _ in range(total):
        _, (_, port) = far.recvfrom_into(into)
        (number,) = struct.unpack_from("<I", into)
        if check:
            expect(number == sequence["received"] and port > 0, "another datagram came")
        sequence["received"] += 1


times, cpu = [], 0
checked, warmup = given.get("checked", 1), given.get("warmup", 0)
for i in range(-checked - warmup, given["count"]):
    if i == 0:
        times, cpu = [], cpu_ns()
    for transfer in send, receive:
        before = now_ns()
        transfer(ROUND, i < -warmup)
        if transfer is (send if mode.startswith("send") else receive):
            times.append(now_ns() - before)
# The median, which other work on the machine changes little.
finish({"ns": sorted(times)[len(times) // 2], "cpuNs": cpu_ns() - cpu, "count": ROUND})
