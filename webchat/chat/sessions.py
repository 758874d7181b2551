"""Sign-ins: how they begin, what counts as use, and how they end, with the sockets that they opened.

A session ends `IDLE` after it was used last, and `LONGEST` after it began whatever happens. An open page is use. That
it is used is noted once an hour, so that reads stay reads.
"""

import hashlib
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from webchat.chat import access, networks
from webchat.chat.clock import DAY, HOUR, now
from webchat.chat.done import Done
from webchat.commands import EndOtherSessions, EndSession
from webchat.errors import Forbidden, NotFound, sentence as _
from webchat.events import SignedOut
from webchat.keys import Session
from webchat.model import Actor, User
from webchat.store import Tx, meta, sessions as stored

IDLE = 14 * DAY
LONGEST = 90 * DAY
NOTED = HOUR
"""How long after a use another one is noted. All times are in milliseconds."""
LONGEST_AGENT = 300
"""Characters that are kept of what a browser says it is."""


class Device(NamedTuple):
    """Where somebody signs in: what the browser says it is, and its network."""

    agent: str = ""
    network: str = ""


class SignIn(NamedTuple):
    """A new session: the id for the browser, the hash that is stored, and whose it is."""

    id: str
    session: str
    user: User


def start(tx: Tx, user: User, device: Device = Device()) -> SignIn:  # noqa: B008 - a tuple, which cannot change
    """Sign a user in."""
    secret = secrets.token_urlsafe(32)
    session, at = hashed(secret), now()
    stored.add(tx, session, user.id, at, at + IDLE, device.agent[:LONGEST_AGENT], networks.mark(tx, device.network))
    return SignIn(secret, session, user)


def hashed(secret: str) -> str:
    """What is stored of a session's id."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def signed_in(tx: Tx, session: str) -> User | None:
    """Whose live session it is."""
    found = stored.find(tx, session, now())
    return found[0] if found else None


def visit(tx: Tx, session: str) -> tuple[User, bool] | None:
    """Whose live session it is, and whether it is time to note that it is used."""
    at = now()
    found = stored.find(tx, session, at)
    return (found[0], found[1] <= at - NOTED) if found else None


def note_use(tx: Tx, sessions: Iterable[str]) -> None:
    """Note that sessions are used, those for which it is time. One that is over stays over."""
    at = now()
    for session in sessions:
        stored.use(tx, session, at, at - NOTED, at + IDLE, LONGEST)


def listed(tx: Tx, user: User) -> list[Session]:
    """A user's live sessions, the one used last first."""
    return stored.of_user(tx, user.id, now())


def is_familiar(tx: Tx, name: str, network: str) -> bool:
    """Whether the user called ``name`` is signed in from that network already."""
    return not networks.marks(tx, network).isdisjoint(stored.networks(tx, name, now()))


def end(tx: Tx, actor: Actor, command: EndSession) -> Done:
    """Sign somebody out somewhere: oneself, or whom one outranks."""
    owner = stored.owner(tx, command.session)
    if owner is None or not access.may("end-session", access.account(actor), subject=owner):
        raise NotFound(_("There is no such session. It may already be over."))
    return sign_out(tx, owner, command.session)


def end_others(tx: Tx, actor: Actor, command: EndOtherSessions, session: str) -> Done:
    """Sign out everywhere else than in ``session``, where this was asked."""
    user = access.account(actor)
    if not access.may("end-other-sessions", user):
        raise Forbidden(_("You may not change this."))
    return Done(user.name, end_all(tx, user, session))


def sign_out(tx: Tx, user: User, session: str) -> Done:
    """End a session. Ending it twice changes nothing."""
    ended = stored.end(tx, session)
    if ended:
        meta.revoke(tx)
    return Done(session, tuple(SignedOut(user.id, one) for one in ended or [session]))


def end_over(tx: Tx, at: int, most: int) -> tuple[SignedOut, ...]:
    """End the sessions whose time is over, at most so many; what happened. That access was taken away counts only if
    one was used lately: then somebody may be connected, and the news of it may get lost."""
    over = stored.over(tx, at, most)
    if any(seen > at - DAY for _session, _user_id, seen in over):
        meta.revoke(tx)
    return tuple(SignedOut(user_id, ended) for session, user_id, _seen in over for ended in stored.end(tx, session))


def end_all(tx: Tx, user: User, but: str = "") -> tuple[SignedOut, ...]:
    """End all sessions of a user, or all ``but`` one; what happened."""
    ended = stored.end_all(tx, user.id, but)
    if ended:
        meta.revoke(tx)
    return tuple(SignedOut(user.id, session) for session in ended)
