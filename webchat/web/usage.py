"""An open page is a page in use: its session does not end for being idle."""

import logging
from functools import partial

import anyio

from webchat.broker import Broker, Reader
from webchat.chat import identities, sessions
from webchat.store import ASIDE
from webchat.web.house import House

log = logging.getLogger("webchat.usage")

NOTED = 3600.0
"""Seconds between two times that this is noted."""


async def run(at: House, broker: Broker) -> None:
    """Note it every hour, until cancelled."""
    while True:
        await anyio.sleep(NOTED)
        try:
            await note(at, broker)
        except Exception:
            log.warning("Cannot note who is here: the store cannot be written.")


async def note(at: House, broker: Broker) -> None:
    """Note the use of the sessions of everybody who is connected."""
    await broker.review(partial(_note, at))


async def _note(at: House, readers: list[Reader]) -> list[int]:
    used = {reader.session for reader in readers if reader.session}
    await at.store.write(lambda tx: sessions.note_use(tx, identities.made_from(tx, used)), reach=ASIDE)
    return [0] * len(readers)
