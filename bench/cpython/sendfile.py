"""A file to tcp-sink by sendfile(2), again and again."""

import struct
import tempfile

from common import CHUNK, PATTERN, arguments, connect_loopback, cpu_ns, expect, finish, now_ns

given = arguments()
chunks = given.get("chunks", 16)
size = chunks * CHUNK
file = tempfile.TemporaryFile()
for _ in range(chunks):
    file.write(PATTERN[:CHUNK])
file.flush()
sock = connect_loopback(given["port"])


def send_files(count, check):
    sock.sendall(struct.pack("<QQ", count * size, check))
    for _ in range(count):
        expect(sock.sendfile(file) == size, "sendfile")
    (good,) = struct.unpack("<Q", sock.recv(8))
    expect(good == count * size, "the sink got other bytes")


send_files(given.get("checked", 1), True)
send_files(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
send_files(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"] * chunks})
