import socket
import sys

port = int(sys.argv[1][len("port=") :])
with socket.socket() as conn:
    conn.connect(("127.0.0.1", port))
    conn.sendall(conn.recv(1))
