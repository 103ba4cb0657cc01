"""What the programs over an event loop share: that of the standard library, or with loop=uvloop that one."""

import asyncio
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "cpython"))
from common import arguments, listen_loopback  # noqa: E402

given = arguments()


def run(main):
    """Runs a coroutine in the loop that was asked for."""
    if given.get("loop") != "uvloop":
        return asyncio.run(main)
    import uvloop

    # The way before its `run`, which is only in newer versions.
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(main)


def serve(protocol):
    """A server on a free port, for as long as the process lives."""

    async def main():
        server = await asyncio.get_running_loop().create_server(protocol, sock=listen_loopback(), backlog=1024)
        async with server:
            await server.serve_forever()

    run(main())
