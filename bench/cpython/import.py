import socket  # noqa: F401
