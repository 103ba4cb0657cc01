"""Accepts every client and closes its connection at once."""

from common import listen_loopback

listener = listen_loopback()
while True:
    conn, _ = listener.accept()
    conn.close()
