import struct
from socket import SO_RCVLOWAT, SOL_SOCKET

from common import CHUNK, PATTERN, arguments, connect_loopback, cpu_ns, expect, finish, now_ns

given = arguments()
sock = connect_loopback(given["port"])
pattern = memoryview(PATTERN)
lowat = given.get("lowat", 0)


def recv(chunks, check):
    total, seen, calls = chunks * CHUNK, 0, 0
    sock.sendall(struct.pack("<Q", total))
    while seen < total:
        data = sock.recv(CHUNK)
        n = len(data)
        if n == 0:
            raise RuntimeError("the stream ended early")
        if check:
            expect(data == pattern[seen % CHUNK :][:n], "other bytes came")
        seen += n
        calls += 1
    return calls


def recv_into(chunks, check):
    total, seen, calls = chunks * CHUNK, 0, 0
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    sock.sendall(struct.pack("<Q", total))
    if lowat > 0:
        sock.setsockopt(SOL_SOCKET, SO_RCVLOWAT, lowat)
    while seen < total:
        if total - seen < 2 * lowat:
            sock.setsockopt(SOL_SOCKET, SO_RCVLOWAT, 1)
        n = sock.recv_into(buffer)
        if n == 0:
            raise RuntimeError("the stream ended early")
        if check:
            expect(view[:n] == pattern[seen % CHUNK :][:n], "other bytes came")
        seen += n
        calls += 1
    return calls


def sendall(chunks, check):
    chunk = pattern[:CHUNK]
    sock.sendall(struct.pack("<QQ", chunks * CHUNK, check))
    for _ in range(chunks):
        sock.sendall(chunk)
    (good,) = struct.unpack("<Q", sock.recv(8))
    expect(good == chunks * CHUNK, "the sink got other bytes")
    return chunks


transfer = {"recv": recv, "recvInto": recv_into, "sendall": sendall}[given["mode"]]
transfer(given.get("checked", 10), True)
transfer(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
calls = transfer(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"], "calls": calls})
