"""Single calls that never wait, each timed on its own."""

import socket

from common import arguments, expect, finish, now_ns

given = arguments()
tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
tcp.bind(("127.0.0.1", 0))
near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
data = bytes(64)


def call_getsockopt():
    expect(tcp.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM, "getsockopt")


def call_setsockopt():
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def call_getsockname():
    tcp.getsockname()


def call_would_block():
    try:
        near.recv(64, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return
    raise RuntimeError("recv")


def call_send_recv():
    near.send(data)
    expect(len(far.recv(64)) == 64, "recv")


def time_call(call, count):
    for _ in range(count // 10):
        call()
    start = now_ns()
    for _ in range(count):
        call()
    return (now_ns() - start) / count


named = {
    "getsockopt": call_getsockopt,
    "setsockopt": call_setsockopt,
    "getsockname": call_getsockname,
    "wouldBlock": call_would_block,
    "sendRecv": call_send_recv,
}
finish({"ns": {name: time_call(call, given["count"]) for name, call in named.items()}})
