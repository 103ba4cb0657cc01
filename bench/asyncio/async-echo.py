"""An echo server for many clients, by a protocol: asyncio sets TCP_NODELAY by itself."""

import asyncio

from loop import serve


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


serve(Echo)
