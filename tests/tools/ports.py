"""Ports for servers that are stopped and started again."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """A port that nobody listens at, and that no outgoing connection is given: on this machine a client that dials such
    a port while its server is away may be given the very port that it dials, and keep the server from it."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311 - to spread, not to hide
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
