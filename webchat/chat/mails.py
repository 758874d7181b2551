"""Letters about what stays unread: owed in the transaction that tells somebody, one for all that is unread by then."""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from webchat.chat import alerts, preferences
from webchat.chat.clock import DAY, MINUTE, now
from webchat.chat.done import Done
from webchat.chat.owing import see_to
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import User
from webchat.notices import URGENT, Notification
from webchat.outside.mail import Answer
from webchat.settings import MAIL_ADDRESS
from webchat.store import ASIDE, Store, Tx, mails as stored, notifications, users

log = logging.getLogger("webchat.mail")

LEASE = 2 * MINUTE
TRIES = 6
LONGEST_WAIT = 7 * 24 * 60
"""The most minutes that somebody may want to have before being written to."""
TOLD = 20
"""The most notifications that one letter names; of more it says how many."""
CONFIRMED_WITHIN = DAY
_CODE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
NO_LINK = _("This link is not valid, or no longer valid.")


class Letter(NamedTuple):
    """What is written to an address: about these notifications, of ``unread``; or about none, to ask whose it is. What
    is ``waiting`` for a moderator can be decided from it."""

    to: stored.Address
    about: tuple[Notification, ...] = ()
    unread: int = 0
    waiting: tuple[alerts.Waiting, ...] = ()


class _Plan(NamedTuple):
    """The letter, None if there is nothing to say any more; up to which number was looked at; and, instead of the
    letter, the end of the quiet hours that it waits for."""

    letter: Letter | None
    upto: int = 0
    wakes: int = 0


Send = Callable[[Letter], Awaitable[Answer]]


def set_address(tx: Tx, user: User, address: str, minutes: int, lang: str) -> Done:
    """Write to a user there after so many minutes; a new address is asked first whether it is theirs.

    Raises:
        Malformed: that cannot be an address, or such a time.
    """
    if len(address) > 254 or not MAIL_ADDRESS.fullmatch(address):
        raise Malformed(_("This is not an e-mail address. Write one such as ann@example.org."))
    if not 1 <= minutes <= LONGEST_WAIT:
        raise Malformed(_("Say how many minutes to wait, from 1 to %(most)s."), most=LONGEST_WAIT)
    before = stored.of_user(tx, user.id)
    if before is not None and before.address == address and before.confirmed:
        stored.set_minutes(tx, user.id, minutes, lang)
    else:
        stored.put(tx, user.id, address, minutes, lang, secrets.token_urlsafe(32), now())
        stored.owe(tx, user.id, now())
    return Done("")


def forget_address(tx: Tx, user: User) -> Done:
    """Write to a user no more."""
    stored.drop(tx, user.id)
    return Done("")


def found(tx: Tx, code: str) -> stored.Address:
    """The address of a link. Raises NotFound for one that is over."""
    address = _linked(tx, code)
    if address is None or (not address.confirmed and address.asked + CONFIRMED_WITHIN < now()):
        raise NotFound(NO_LINK)
    return address


def confirm(tx: Tx, code: str) -> Done:
    """Whoever has the code can read what goes to the address."""
    address = found(tx, code)
    if not address.confirmed:
        stored.confirm(tx, address.user, now())
    return Done("")


def stop(tx: Tx, code: str) -> Done:
    """Forget the address of a link; it is no matter if that was done before."""
    if address := _linked(tx, code):
        stored.drop(tx, address.user)
    return Done("")


def _linked(tx: Tx, code: str) -> stored.Address | None:
    return stored.with_code(tx, code) if _CODE.fullmatch(code) else None


async def run(store: Store, send: Send) -> None:
    """Send what is due, look again every second, until cancelled."""
    await see_to(log, "The letters", lambda: do_one(store, send), 1)


async def do_one(store: Store, send: Send) -> bool:
    """Send the letter that is longest due; whether there was one."""
    at = now()
    if not await store.read(lambda tx: stored.is_due(tx, at)):
        return False
    owed = await store.write(lambda tx: stored.lease(tx, at, at + LEASE), reach=ASIDE)
    if owed is None:
        return False
    plan = await store.read(lambda tx: _planned(tx, owed.to, at))
    if plan.wakes:
        await store.write(lambda tx: _woken(tx, owed, plan.wakes))
        return True
    answer = Answer(True) if plan.letter is None else await send(plan.letter)
    await store.write(lambda tx: _answered(tx, owed, plan, answer))
    return True


def _planned(tx: Tx, to: stored.Address, at: int) -> _Plan:
    if not to.confirmed:
        return _Plan(Letter(to) if to.asked + CONFIRMED_WITHIN > at else None)
    user, inbox = users.by_id(tx, to.user), notifications.newest(tx, to.user, notifications.KEPT)
    upto = max((one.id for one in inbox), default=0)
    unread = [one for one in inbox if one.id > to.mailed and not (one.everyone or one.seen or one.read)]
    wanted = [one for one in unread if preferences.wished(tx, to.user, one) == "all"]
    if not wanted or user is None or user.disabled:
        return _Plan(None, upto)
    if not any(one.priority >= URGENT for one in wanted) and (ends := preferences.quiet_until(tx, to.user, at)):
        return _Plan(None, upto, ends)
    waiting = alerts.waiting(tx, user, wanted[:TOLD])
    return _Plan(Letter(to, tuple(wanted), notifications.tally(tx, to.user).total, waiting), upto)


def _woken(tx: Tx, owed: stored.Owed, at: int) -> None:
    if _is_owed(tx, owed):
        stored.put_off(tx, owed.to.user, at, owed.tries)


def _is_owed(tx: Tx, owed: stored.Owed) -> bool:
    """Whether it is still about the address that there is: another one is owed a letter of its own."""
    there = stored.of_user(tx, owed.to.user)
    return there is not None and there.code == owed.to.code


def _answered(tx: Tx, owed: stored.Owed, plan: _Plan, answer: Answer) -> None:
    user = owed.to.user
    if not _is_owed(tx, owed):
        return
    if not (answer.is_taken or answer.is_final or owed.tries + 1 >= TRIES):
        stored.put_off(tx, user, now() + MINUTE * 2**owed.tries, owed.tries + 1)
        return
    if not answer.is_taken:
        log.warning("A letter was not taken: %s", answer.why[:200])
    stored.done(tx, user, plan.upto if plan.letter else 0)
    # What came while it was written was not owed, since one letter was; what everyone is told never is.
    own = (one for one in notifications.newest(tx, user, notifications.KEPT) if not one.everyone)
    if (newer := next(own, None)) and newer.id > plan.upto:
        stored.owe_unread(tx, [user], newer.at)
