"""Accepts every client and closes its connection at once."""

import asyncio

from loop import serve


class Close(asyncio.Protocol):
    def connection_made(self, transport):
        transport.abort()


serve(Close)
