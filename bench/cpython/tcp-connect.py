import socket
import struct

from common import arguments, connect_loopback, cpu_ns, expect, finish, now_ns

AT_ONCE = struct.pack("ii", 1, 0)

given = arguments()
port = given["port"]
# Its end tells the sink that this program has ended.
first = connect_loopback(port)


def connections(count, check):
    for _ in range(count):
        sock = connect_loopback(port)
        if check:
            expect(sock.getpeername()[1] == port, "connected to another port")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        sock.close()


connections(given.get("checked", 10), True)
connections(given.get("warmup", 0), False)
cpu, start = cpu_ns(), now_ns()
connections(given["count"], False)
ns = now_ns() - start
finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"]})
