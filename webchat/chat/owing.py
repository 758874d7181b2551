"""The loop that sees to what is owed to the outside world: letters, pushes and calls."""

import logging
from collections.abc import Awaitable, Callable

import anyio

from webchat.errors import Unavailable


async def see_to(log: logging.Logger, what: str, some: Callable[[], Awaitable[bool]], pause: float) -> None:
    """Do ``some`` of it again and again while there was any, look again after ``pause`` seconds, until cancelled.
    Nothing that goes wrong here ends the server: it is logged, by the name of ``what`` waits."""
    while True:
        try:
            while await some():
                pass
        except Unavailable:
            log.warning("%s wait: the store cannot be written.", what)
        except Exception:
            log.exception("%s wait: something went wrong.", what)
        await anyio.sleep(pause)
