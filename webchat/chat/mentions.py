"""Naming people: ``@name`` in a message, in any script, of those who are in its room; and ``@room``, of all of them.

The names are made links in the message's HTML, which nothing that people write can make: addresses of theirs are never
relative. So the links also tell style sheets who is meant.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from webchat.chat import access, names, rooms
from webchat.chat.done import Note
from webchat.errors import sentence as _
from webchat.events import Event, MentionsChanged
from webchat.model import Actor, Guest, Membership, Person, Room
from webchat.store import Tx, mentions as stored

NAMED = 20
"""The most names that are looked for in a message; what comes after them is text."""
CALLED = 200
"""The most members that ``@room`` calls."""
OFFERED = 8
"""The most names that are offered to whom writes."""
ROOM = "room"

_SIGN = re.compile(r"@(?=[\w-])")
_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_VERBATIM = re.compile(r"<(/?)(?:a|code|pre)\b")


class Named(NamedTuple):
    """A message's HTML with its names as links, the ids of the members that they mean, and what its author should
    know of the others."""

    html: str
    users: frozenset[int] = frozenset()
    note: Note | None = None


def offered(tx: Tx, actor: Actor, slug: str, start: str) -> list[Person]:
    """Some whom a message in a room could name, by how their names start. Raises NotFound for who may not see it."""
    room, _member = rooms.visible(tx, actor, slug)
    return stored.like(tx, room.id, names.folded(start), actor.id, OFFERED)


def find(tx: Tx, actor: Actor, room: Room, member: Membership | None, html: str) -> Named:
    """Look for names in a message of an actor. Who is not in the room is not named, and nobody is told."""
    if "@" not in html:
        return Named(html)
    search = _Search(tx, actor, room, member)
    return Named(search.linked(html), frozenset(search.users - {actor.id}), search.note())


def moved(tx: Tx, room: Room, seq: int, users: frozenset[int]) -> tuple[Event, ...]:
    """Let a message name exactly these. What happened is told to members only, of whom something changed."""
    before = stored.of(tx, room.id, seq)
    stored.add(tx, room.id, seq, users - before)
    stored.remove(tx, room.id, seq, before - users)
    counts = {user: stored.unread(tx, room.id, user) for user in sorted(before ^ users)}
    return tuple(MentionsChanged(user, room.id, seq, count) for user, count in counts.items() if count is not None)


class _Search:
    """The names in one message."""

    def __init__(self, tx: Tx, actor: Actor, room: Room, member: Membership | None) -> None:
        self.users: set[int] = set()
        self._tx = tx
        self._room = room
        self._author = actor
        self._calls = access.may("delete-message", actor, room, member)
        self._absent: dict[str, None] = {}
        self._crowded = False
        self._left = NAMED

    def linked(self, html: str) -> str:
        """The HTML with links. What is a link or code already stays what it is."""
        parts = _TAG.split(html)
        verbatim = 0
        for place, part in enumerate(parts):
            if place % 2:
                if tag := _VERBATIM.match(part):
                    verbatim += -1 if tag[1] else 1
            elif not verbatim and self._left and _SIGN.search(part):
                parts[place] = "".join(self._text(part))
        return "".join(parts)

    def note(self) -> Note | None:
        """What the author should know. A guest is not told who has an account."""
        if self._crowded:
            return Note(_("This room has too many members to call all of them. Nobody was called."))
        if self._absent and not isinstance(self._author, Guest):
            return Note(_("Not in this room, and not told: %(names)s."), {"names": ", ".join(self._absent)})
        return None

    def _text(self, text: str) -> Iterator[str]:
        done = 0
        for found in _SIGN.finditer(text):
            start = found.end()
            if not self._left or (start > 1 and _goes_on(text[start - 2])):
                continue
            run = "".join(takewhile(names.is_letter, text[start : start + names.LONGEST]))
            self._left -= 1
            length, href = self._longest(run)
            if length:
                yield f'{text[done : start - 1]}<a href="{href}">@{run[:length]}</a>'
                done = start + length
        yield text[done:]

    def _longest(self, run: str) -> tuple[int, str]:
        """How much of what follows the sign is a member's name, and where that leads."""
        absent = ""
        for length in _ends(run):
            name = names.folded(run[:length])
            if name == ROOM and self._call():
                return length, f"/rooms/{self._room.slug}"
            found = stored.called(self._tx, self._room.id, name)
            if found and found[1]:
                self.users.add(found[0].id)
                return length, f"/direct/{name}"
            absent = absent or (found[0].title if found else "")
        if absent:
            self._absent[absent] = None
        return 0, ""

    def _call(self) -> bool:
        if not self._calls:
            return False
        everybody = stored.everybody(self._tx, self._room.id, CALLED + 1)
        self._crowded = len(everybody) > CALLED
        if not self._crowded:
            self.users.update(everybody)
        return not self._crowded


def _ends(run: str) -> Iterator[int]:
    """Where a name in a run of letters may end, the longest first: at the end of a word. Scripts without spaces between
    words are also those without small and capital letters, so there it may end anywhere."""
    for length in range(len(run), 0, -1):
        rest = run[length:].lstrip("_-")
        inside = rest and _goes_on(rest[0]) and _goes_on(run[length - 1])
        if not inside and not unicodedata.category(run[length : length + 1] or "a").startswith("M"):
            yield length


def _goes_on(letter: str) -> bool:
    """Whether a word goes on after this sign: then an ``@`` is that of an address, and a name does not end."""
    return letter.isdigit() or letter in "_/" or letter.lower() != letter.upper()
