import socket

from common import arguments, finish, now_ns

given = arguments()


def pairs(count):
    for _ in range(count):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


pairs(given.get("warmup", 0))
start = now_ns()
pairs(given["count"])
finish({"ns": now_ns() - start, "count": given["count"]})
