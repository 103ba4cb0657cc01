from common import arguments, connect_loopback, cpu_ns, expect, finish, latencies, now_ns

given = arguments()
size = given.get("size", 1)
sock = connect_loopback(given["port"])


def trips(count, check, times=None):
    out, into = bytearray(size), bytearray(size)
    view = memoryview(into)
    for i in range(count):
        if check:
            out[:] = bytes([i & 255]) * size
        if times is not None:
            start = now_ns()
        if sock.send(out) != size:
            raise RuntimeError("send")
        got = sock.recv_into(into)
        while got < size:
            n = sock.recv_into(view[got:])
            expect(n > 0, "the stream ended early")
            got += n
        if times is not None:
            times.append(now_ns() - start)
        if check:
            expect(into == out, "other bytes came back")


trips(given.get("checked", 100), True)
trips(given.get("warmup", 0), False)
timed = []
trips(given.get("timed", 0), False, timed)
cpu, start = cpu_ns(), now_ns()
trips(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"], **latencies(timed)})
