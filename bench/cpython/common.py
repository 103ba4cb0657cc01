"""What every CPython program of the benchmarks shares; the counterpart of c/bench.h."""

import array
import base64
import json
import resource
import socket
import sys
import time

CHUNK = 65536
MAX_SIZE = 1 << 20
BACKLOG = 1024

# Twice the period, so that any CHUNK bytes of the stream are contiguous in it.
PATTERN = bytes((i + 7 * (i >> 8)) & 255 for i in range(CHUNK)) * 2

now_ns = time.monotonic_ns


def arguments():
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    return {key: int(value) if value.isdigit() else value for key, value in given.items()}


def cpu_ns():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def expect(condition, what):
    if not condition:
        raise RuntimeError(what)


def connect_loopback(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def listen_loopback():
    """Listens on a free port and tells it on the first line of stdout."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    print(listener.getsockname()[1], flush=True)
    return listener


def accept_loopback():
    """Listens on a free port, tells it on the first line of stdout and waits for the one client."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        print(listener.getsockname()[1], flush=True)
        sock, _ = listener.accept()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def latencies(times):
    """The field of a result: base64 of uint32s, little-endian on every machine that runs this."""
    return {"latencies": base64.b64encode(array.array("I", times)).decode()} if times else {}


def finish(result):
    print(json.dumps(result))
