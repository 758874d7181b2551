"""Calling the programs that are owed calls: each in order, again later if it was not taken, and no more in the end.

What a program answers may be posted as its bot, under the call's own id, so that a call made twice is answered once.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

import anyio
import msgspec

from webchat import commands as c
from webchat.chat import Chat, bots
from webchat.chat.clock import HOUR, MINUTE, now
from webchat.errors import Refused, Unavailable
from webchat.outside.webhooks import Answer, Call
from webchat.store import ASIDE, Reach, Store, Tx, callbacks, deliveries as stored, users
from webchat.store.deliveries import Owed

log = logging.getLogger("webchat.bots")

LEASE = 30_000
"""How long, in milliseconds, a program belongs to who calls it; longer than a call may take."""
LOOKED = 0.5
"""Seconds between two looks at who is to be called, which cost next to nothing."""
TOGETHER = 20
"""Programs that are called at once."""
WAITS = (5_000, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR)
"""Until a call is tried again, after each try but the last. Then its program is called no more."""
COMMAND_WAITS = (3_000, 15_000)
"""The same for a command, whose asker waits: then that is told that there is no answer."""
COMMAND_FAILURES = 24
"""Calls that fail one after the other until a command's program is called no more."""
LONGEST_AFTER = HOUR
LONGEST_WHY = 200

Deliver = Callable[[Call, int], Awaitable[Answer]]


class Said(msgspec.Struct, frozen=True):
    """What a program answers: a text, for the room or for who asked."""

    text: str = ""
    response_type: str = "in_channel"


class Caller(NamedTuple):
    """What calling takes: where the calls are kept, what posts the answers, and what calls."""

    store: Store
    chat: Chat
    deliver: Deliver


async def run(caller: Caller) -> None:
    """Call whom there is to be called, until cancelled. Nothing that goes wrong here ends the server."""
    limiter = anyio.CapacityLimiter(TOGETHER)

    async def call(callback: int) -> None:
        async with limiter:
            await _call(caller, callback)

    async with anyio.create_task_group() as group:
        while True:
            try:
                for callback in await _lease(caller.store, int(limiter.available_tokens)):
                    group.start_soon(call, callback)
            except Unavailable:
                log.warning("The calls to bots wait: the store cannot be written.")
            except Exception:
                log.exception("The calls to bots wait: something went wrong.")
            await anyio.sleep(LOOKED)


async def do_some(caller: Caller) -> bool:
    """Call some of whom there is to be called; whether there was anybody."""
    found = await _lease(caller.store, TOGETHER)
    async with anyio.create_task_group() as group:
        for callback in found:
            group.start_soon(_call, caller, callback)
    return bool(found)


async def _lease(store: Store, limit: int) -> list[int]:
    at = now()
    if limit <= 0 or not await store.read(lambda tx: stored.is_due(tx, at)):
        return []
    return await store.write(lambda tx: stored.lease(tx, at, at + LEASE, limit), reach=ASIDE)


async def _call(caller: Caller, callback: int) -> None:
    """Make the calls that wait, until one is not taken. If this ends in the middle, the lease runs out."""
    try:
        while owed := await caller.store.read(lambda tx: stored.first(tx, callback)):
            if not await _make(caller, owed):
                return
        await caller.store.write(lambda tx: stored.put_off(tx, callback, 0), reach=ASIDE)
    except Unavailable:
        log.warning("A call to a bot waits: the store cannot be written.")
    except Exception:
        log.exception("A call to a bot failed. It is tried again later.")


async def _make(caller: Caller, owed: Owed) -> bool:
    """Make one call; whether the next may follow at once."""
    store, reach = caller.store, Reach(room=owed.room)
    if owed.is_void:
        await store.write(lambda tx: stored.done(tx, owed), reach=reach)
        return True
    answer = await caller.deliver(Call(owed.url, owed.secret, owed.uid, owed.payload.encode()), now() // 1000)
    if answer.is_done:
        why = answer.why or await _post(caller, owed, answer)
        await store.write(partial(_taken, owed=owed, status=answer.status, why=why), reach=reach)
        return True
    over = await store.write(partial(_refused, owed=owed, answer=answer), reach=reach)
    if over and owed.command:
        why = f"HTTP {answer.status}" if answer.status else "no answer"
        await _say_to_asker(caller, owed, f"✗ /{owed.command}: {why}")
    return over and bool(owed.command)


def _taken(tx: Tx, owed: Owed, status: int, why: str) -> None:
    stored.done(tx, owed)
    stored.tried(tx, owed, now(), status, why[:LONGEST_WHY], taken=True)
    stored.put_off(tx, owed.callback, now() + LEASE)


def _refused(tx: Tx, owed: Owed, answer: Answer) -> bool:
    """Note that it was not taken, and when to try again; whether that is never."""
    at, waits = now(), COMMAND_WAITS if owed.command else WAITS
    why = (answer.why or answer.body.decode(errors="replace"))[:LONGEST_WHY]
    stored.tried(tx, owed, at, answer.status, why.replace("\0", ""), taken=False)
    last = answer.status == 410 or owed.tries >= len(waits)
    if last and owed.command:
        stored.done(tx, owed)
    if answer.status == 410 or (last and (not owed.command or owed.failures + 1 >= COMMAND_FAILURES)):
        callbacks.disable(tx, owed.callback, at, why.replace("\0", ""))
        log.warning("A bot's program is called no more: %s %s", owed.bot.name, answer.status)
    if last:  # of a command's the next may follow: nobody else is to take it meanwhile
        stored.put_off(tx, owed.callback, at + LEASE if owed.command else 0)
        return True
    wait = waits[owed.tries] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load
    stored.put_off(tx, owed.callback, at + max(int(wait), min(answer.after * 1000, LONGEST_AFTER)))
    return False


async def _post(caller: Caller, owed: Owed, answer: Answer) -> str:
    """Post what a program answered, if it did; why not, if it could not be."""
    try:
        said = _said(answer)
        if not said.text.strip():
            return ""
        if said.response_type == "ephemeral":
            await _say_to_asker(caller, owed, said.text, bots.answers(owed.id, owed.uid))
        else:
            form = {"room": owed.room, "body": said.text, "cid": owed.uid}
            command = c.build(c.PostMessage, form)
            await caller.chat.perform(owed.bot, command, bots.answers(owed.id, owed.uid))
    except Unavailable:
        raise
    except Refused as refused:
        return str(refused)
    except (ValueError, msgspec.MsgspecError):
        return 'The answer is neither text in UTF-8 nor JSON such as {"text": "…"}.'
    return ""


def _said(answer: Answer) -> Said:
    """What an answer says. Only plain text and JSON say something: a page of a framework does not. Raises ValueError
    and what msgspec raises."""
    kind = answer.kind.partition(";")[0].strip().lower()
    if kind == "application/json" and answer.body.strip():
        return msgspec.json.decode(answer.body, type=Said)
    return Said(answer.body.decode()) if kind == "text/plain" else Said()


async def _say_to_asker(caller: Caller, owed: Owed, text: str, credential: str = "") -> None:
    """Tell only who asked, as a notification; nobody, if there was no command."""
    asker = await caller.store.read(lambda tx: users.by_id(tx, owed.asker))
    if asker is None:
        return
    told = {"user": asker.name, "title": owed.bot.title, "body": text[:4096], "click": f"/rooms/{owed.room}"}
    await caller.chat.perform(owed.bot, c.build(c.SendNotification, {**told, "cid": owed.uid}), credential)
