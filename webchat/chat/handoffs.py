"""Letters to visitors who have left: what agents answered goes on by e-mail, one letter for each spell of absence."""

import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from webchat.chat.clock import DAY, MINUTE, now
from webchat.chat.owing import see_to
from webchat.chat.waiting import LETTER
from webchat.model import Message, Site
from webchat.outside.mail import Answer
from webchat.store import ASIDE, Store, Tx, conversations as stored, messages, sites as stored_sites
from webchat.support import Conversation

log = logging.getLogger("webchat.mail")

LEASE = 2 * MINUTE
TRIES = 6
TOLD = 20
"""The most answers that one letter has, the newest."""
STALE = DAY
"""How long after its time a letter is still sent, in milliseconds."""


class Handoff(NamedTuple):
    """A letter to the visitor of a conversation, with what was answered and not seen; ``back`` is where to go on."""

    conversation: Conversation
    site: Site
    answers: tuple[Message, ...]
    back: str


Send = Callable[[Handoff], Awaitable[Answer]]


async def run(store: Store, send: Send) -> None:
    """Send what is due, look again every second, until cancelled."""
    await see_to(log, "The letters to visitors", lambda: do_one(store, send), 1)


async def do_one(store: Store, send: Send) -> bool:
    """Send the letter that is longest due; whether there was one."""
    at = now()
    if not await store.read(lambda tx: stored.is_letter_due(tx, at)):
        return False
    owed = await store.write(lambda tx: stored.lease_letter(tx, at, at + LEASE), reach=ASIDE)
    if owed is None:
        return False
    letter = await store.read(lambda tx: _planned(tx, owed, at))
    answer = await send(letter) if letter else Answer(True)
    await store.write(lambda tx: _answered(tx, owed, letter, answer))
    return True


def _planned(tx: Tx, owed: stored.Owed, at: int) -> Handoff | None:
    """The letter; None if there is nothing to say any more."""
    one = stored.by_id(tx, owed.number)
    site = stored_sites.by_id(tx, one.site) if one else None
    if one is None or site is None or not one.email or at - owed.due > STALE or one.mailed > one.seen:
        return None
    unseen = messages.between(tx, one.room_id, one.seen + 1, one.length)
    answers = [message for message in unseen if _is_answer(one, message)]
    back = one.page or (site.origins[0] if site.origins else "")
    return Handoff(one, site, tuple(answers[-TOLD:]), back) if answers else None


def _is_answer(one: Conversation, message: Message) -> bool:
    own = message.guest == one.visitor or f"@{message.author}" == one.visitor
    return not (own or message.deleted or message.hidden)


def _answered(tx: Tx, owed: stored.Owed, letter: Handoff | None, answer: Answer) -> None:
    if not (answer.is_taken or answer.is_final or owed.tries + 1 >= TRIES):
        stored.put_letter_off(tx, owed.number, now() + MINUTE * 2**owed.tries, owed.tries + 1)
        return
    if letter is None and _planned(tx, owed, now()):  # answered since
        stored.put_letter_off(tx, owed.number, now() + LETTER, 0)
        return
    if not answer.is_taken:
        log.warning("A letter to a visitor was not taken: %s", answer.why[:200])
    stored.end_letter(tx, owed.number, letter.conversation.length if letter else 0)
