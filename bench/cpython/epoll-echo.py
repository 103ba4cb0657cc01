"""An echo server for many clients over epoll: a receive and a send for each readiness."""

import select
import socket

from common import CHUNK, listen_loopback

listener = listen_loopback()
poller = select.epoll()
poller.register(listener, select.EPOLLIN)
buffer = memoryview(bytearray(CHUNK))
connections = {}

while True:
    for fd, _ in poller.poll():
        conn = connections.get(fd)
        if conn is None:
            conn, _ = listener.accept()
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conn.setblocking(False)
            connections[conn.fileno()] = conn
            poller.register(conn, select.EPOLLIN)
            continue
        n = conn.recv_into(buffer)
        if n == 0:
            del connections[fd]
            conn.close()
        else:
            # What is in flight is far less than a send buffer: all of it goes at once.
            conn.send(buffer[:n])
