"""What a moderator decides by a link out of a letter: one text that waits, or one message that was reported.

The link says who decides, about what, and for how long it works; it is signed, since nobody has to sign in. Whether
they may is asked when they do: it is the command that any page of ours would send, in their name.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from webchat import commands as c
from webchat.chat import alerts, messages, queue, reports
from webchat.chat.clock import DAY, now
from webchat.chat.done import Done, Note
from webchat.chat.moderation import moderated
from webchat.errors import Forbidden, Malformed, NotFound, sentence as _
from webchat.model import Room, User
from webchat.rules import Act
from webchat.store import (
    Tx,
    acts as stored_acts,
    held as stored_held,
    messages as stored_messages,
    reports as stored_reports,
    users,
)

WORKS = 3 * DAY
"""How long, in milliseconds, a link works."""
CHOICES: Mapping[alerts.Kind, tuple[str, str]] = {
    "held": ("approve-message", "reject-message"),
    "reported": ("keep-message", "delete-message"),
}
"""What may be decided about each."""
NO_LINK = _("This link does not work, or no longer does. Sign in and decide in the queue of the room.")
_VERBS: Mapping[str, Any] = {
    "approve-message": queue.approve,
    "reject-message": queue.reject,
    "keep-message": reports.keep,
    "delete-message": messages.delete,
}
_DECIDED = {
    "approve-message": _("%(name)s has approved this message."),
    "reject-message": _("%(name)s has rejected this message."),
    "keep-message": _("%(name)s has kept this message."),
    "delete-message": _("%(name)s has deleted this message."),
}
_CODE = re.compile(r"(held|reported)\.([1-9]\d{0,14})\.([1-9]\d{0,14})\.([1-9]\d{0,14})\.([0-9a-f]{64})", re.ASCII)


class Link(NamedTuple):
    """Who may decide about which text or message, until when."""

    kind: alerts.Kind
    number: int
    user: int
    ends: int


class Case(NamedTuple):
    """What is to be decided, or what was: then there is nothing to read any more."""

    room: Room
    user: User
    title: str
    body: str = ""
    why: tuple[str, ...] = ()
    decided: Note | None = None


class Links:
    """Writes and reads the codes of links. ``secret`` is the server's."""

    def __init__(self, secret: bytes) -> None:
        # A key of its own, so that nothing that is signed for one purpose can be shown for another.
        self._key = hmac.digest(secret, b"the links of moderators", "sha256")

    def code(self, user: int, about: alerts.Waiting) -> str:
        """What a link about something that waits is made of, from now on."""
        said = f"{about.kind}.{about.number}.{user}.{now() + WORKS}"
        return f"{said}.{self._sign(said)}"

    def read(self, code: str) -> Link:
        """What a code says. Raises NotFound for one that is not ours, or over."""
        found = _CODE.fullmatch(code)
        if found is None or not hmac.compare_digest(found[5], self._sign(code[: found.start(5) - 1])):
            raise NotFound(NO_LINK)
        link = Link("held" if found[1] == "held" else "reported", *map(int, found.group(2, 3, 4)))
        if link.ends <= now():
            raise NotFound(NO_LINK)
        return link

    def _sign(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(), "sha256").hex()


def look(tx: Tx, link: Link) -> Case:
    """What a link is about, for whoever may decide about it now. Raises the Refused that says why not."""
    user = users.by_id(tx, link.user)
    if user is None or user.disabled:
        raise Forbidden(_("This account is disabled."))
    return _held(tx, user, link) if link.kind == "held" else _reported(tx, user, link)


def decide(tx: Tx, link: Link, do: str, why: str = "") -> Done:
    """Do it in the moderator's name; nothing if it is decided already. Raises the Refused that says why not."""
    case = look(tx, link)
    if do not in CHOICES[link.kind]:
        raise Malformed(_("That cannot be done here."))
    if case.decided:
        return Done(link.number)
    form = {"do": f"{do}:{link.number}", "room": case.room.slug, "why": why, "cid": secrets.token_urlsafe(16)}
    done: Done = _VERBS[do](tx, case.user, c.parse(form))
    return done


def _held(tx: Tx, user: User, link: Link) -> Case:
    held = stored_held.by_id(tx, link.number)
    if held is None:
        raise NotFound(NO_LINK)
    room = moderated(tx, user, "approve-message", held.room)[1]
    if held.state == "waiting":
        return Case(room, user, held.title, held.body)
    return Case(room, user, held.title, decided=_decided(tx, link) or Note(queue.FASTER[held.state]))


def _reported(tx: Tx, user: User, link: Link) -> Case:
    message = stored_messages.by_id(tx, link.number)
    if message is None:
        raise NotFound(NO_LINK)
    room = moderated(tx, user, "keep-message", message.room)[1]
    found = stored_reports.find(tx, message.id)
    if found and stored_reports.state(tx, message.id) == "open":
        return Case(room, user, found.title, found.body, found.why)
    gone = _("This message was deleted.") if message.deleted else _("This message was kept.")
    return Case(room, user, message.title, decided=_decided(tx, link) or Note(gone))


def _decided(tx: Tx, link: Link) -> Note | None:
    act: Act | None = stored_acts.last(tx, link.number, *CHOICES[link.kind])
    return Note(_DECIDED[act.what], {"name": act.title}) if act else None
