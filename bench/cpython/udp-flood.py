"""Asks for a flood of datagrams and counts those that come, one at a time. See c/udp-flooder.c."""

import socket
import struct

from common import arguments, cpu_ns, expect, finish, now_ns

OVER = 0xFFFFFFFF

given = arguments()
flooder = ("127.0.0.1", given["port"])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
buffer = bytearray(2048)


def ask(total):
    sock.sendto(struct.pack("<I", total), flooder)


def flood(total):
    received, last = 0, -1
    ask(total)
    while True:
        sock.recvfrom_into(buffer)
        sequence, of = struct.unpack_from("<II", buffer)
        if sequence == OVER:
            if of == total:
                return received
            continue  # the flood before this one
        expect(last < sequence < total, "another datagram came")
        last = sequence
        received += 1


flood(given.get("warmup", 100))
cpu, start = cpu_ns(), now_ns()
received = flood(given["count"])
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": received, "sent": given["count"]})
ask(0)
