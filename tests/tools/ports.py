"""Ports for servers that are stopped and started again."""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache


def free_port() -> int:
    """A port that nobody listens at, and that no outgoing connection is given: on this machine a client that dials such
    a port while its server is away may be given the very port that it dials, and keep the server from it."""
    for port in _mine():
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("There are always more.")


@cache
def _mine() -> Iterator[int]:
    """Those of this process of tests, which go round: who binds one later finds it as free as it was."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = list(range(20_000 + worker, 32_000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))))
    random.SystemRandom().shuffle(ports)  # for other runs on this machine, whatever Hypothesis has seeded
    return itertools.cycle(ports)
