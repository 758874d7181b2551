"""Writes that wait to be committed together, and telling those who wait what came of them."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from webchat.errors import sentence as _
from webchat.store import Reach, Rescue, Tx

log = logging.getLogger("webchat.store")

BATCH = 256
"""The most writes in one commit."""
QUEUE = 10_000
"""The most writes that may wait; further ones are told to try again."""

CANNOT_READ = _("This cannot be read right now. Try again in a moment.")
CANNOT_SAVE = _("This cannot be saved right now. Try again in a moment.")

Outcome = tuple[bool, Any]
"""Whether it is done, and what it returned or raised."""


class Write(NamedTuple):
    """A function that waits for its transaction, and who waits for it."""

    fn: Callable[[Tx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    then: Callable[[Any], object] | None
    reach: Reach
    rescue: Rescue | None = None


def raised(error: BaseException) -> BaseException:
    """What a future can hold of an error: it cannot hold the end of an iteration, and what is no Exception would end
    the loop that hears of it."""
    if isinstance(error, StopIteration) or not isinstance(error, Exception):
        log.error("A write failed: it raised %r.", error)
        return RuntimeError(f"A write raised {error!r}.")
    return error


def resolve(batch: Sequence[Write], outcomes: Sequence[Outcome]) -> None:
    """Tell each one's event loop what came of it, in order. To be called once it is on disk."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Write, bool, Any]]] = {}
    for write, (done, value) in zip(batch, outcomes, strict=True):
        by_loop.setdefault(write.loop, []).append((write, done, value))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:  # the loop is closed: nobody waits any more, the commit stands
            log.debug("A commit outlived those who asked for it.")


def _settle(settled: list[tuple[Write, bool, Any]]) -> None:
    for write, done, value in settled:
        if done and write.then:
            try:
                write.then(value)
            except Exception:
                log.exception("What was stored could not be told.")
        elif not done and write.rescue and (more := _rescued(write.rescue, value)) is not None:
            more.add_done_callback(partial(_pass_on, write.future))
            continue
        if write.future.done():  # given up
            continue
        if done:
            write.future.set_result(value)
        else:
            write.future.set_exception(value)


def _rescued(rescue: Rescue, error: Any) -> asyncio.Future[Any] | None:
    """What is done instead of what was refused, if anything is."""
    try:
        return rescue(error)
    except Exception:
        log.exception("What was refused could not be done otherwise.")
        return None


def _pass_on(future: asyncio.Future[Any], more: asyncio.Future[Any]) -> None:
    """Tell who waits what came of what was done instead."""
    error = None if more.cancelled() else more.exception()
    if future.done():
        return
    if more.cancelled():
        future.cancel()
    elif error is not None:
        future.set_exception(error)
    else:
        future.set_result(more.result())
