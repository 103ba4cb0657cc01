"""Sends a message and the next one when its echo has come, by a protocol."""

import asyncio

from loop import given, run
from common import connect_loopback, cpu_ns, expect, finish, latencies, now_ns

size = given.get("size", 1)


class Trips(asyncio.BufferedProtocol):
    """Into one buffer that is there already, like the other drivers."""

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray(size)
        self.view = memoryview(self.buffer)

    def get_buffer(self, sizehint):
        return self.view[self.got :]

    def buffer_updated(self, n):
        self.got += n
        if self.got < size:
            return
        if self.times is not None:
            self.times.append(now_ns() - self.start)
        if self.check:
            expect(self.buffer == self.out, "other bytes came back")
        self.send_next()

    def connection_lost(self, error):
        if not self.done.done():
            self.done.set_exception(error or RuntimeError("the stream ended early"))

    def trips(self, count, check, times=None):
        self.left, self.check, self.times = count, check, times
        self.out = bytes(size)
        self.done = asyncio.get_running_loop().create_future()
        self.send_next()
        return self.done

    def send_next(self):
        if self.left == 0:
            self.done.set_result(None)
            return
        self.left -= 1
        self.got = 0
        if self.check:
            self.out = bytes([self.left & 255]) * size
        if self.times is not None:
            self.start = now_ns()
        self.transport.write(self.out)


async def main():
    _, conn = await asyncio.get_running_loop().create_connection(Trips, sock=connect_loopback(given["port"]))
    timed = []
    await conn.trips(given.get("checked", 100), True)
    await conn.trips(given.get("warmup", 0), False)
    await conn.trips(given.get("timed", 0), False, timed)
    cpu, start = cpu_ns(), now_ns()
    await conn.trips(given["count"], False)
    ns = now_ns() - start
    finish({"ns": ns, "cpuNs": cpu_ns() - cpu, "count": given["count"], **latencies(timed)})
    conn.transport.close()


run(main())
