"""Looking for messages: what may be written, and what of all that the reader may see is found by it."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Literal, NamedTuple

from webchat.chat import indexing, names, rooms, words
from webchat.chat.clock import DAY
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import BOT, Actor, Guest, Message
from webchat.store import Tx, messages as stored_messages, search as stored, users

SHOWN = 25
"""Messages on a page."""
RANKED = 100
"""The newest messages among which the best are."""
LOOKED_AT_FIRST, LOOKED_AT = 250, 5_000
"""The most messages that are looked at for one page, at first and if that gives too few. Where many are not the
reader's, a page may have few, or none."""
LETTERS = 100_000
"""Letters of texts that are looked through for one page: a message has up to 10,000, and others wait to search."""
LONGEST = 200
"""Letters of what is looked for."""
MOST = 10
"""Words and phrases that are looked for at once."""
AROUND = 60
"""Letters before and after what was found that are shown."""
FAR_BEHIND = 1_000
"""Changes that are not found yet from which on it is said that there are some."""

Sort = Literal["newest", "best"]
NOTHING_ASKED = _("Write a word to look for.")
NO_ROOM = _("There is no room %(room)s to search in. Write its address, as in in:lobby.")
NO_DATE = _("Write the day as 2026-01-31, not as %(day)s.")
HAS = {"link": indexing.LINK, "file": indexing.FILE}
_PART = re.compile(r'(?:(from|in|before|after|has)[:：])?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FOREVER = 2**53


class Sought(NamedTuple):
    """What is looked for: in the words of the store, and the phrases among them that stand in texts. With ``nobody``
    there is nothing to find."""

    wanted: stored.Wanted
    phrases: tuple[words.Phrase, ...]
    nobody: bool


class Piece(NamedTuple):
    """A piece of a text, and whether it is what was looked for."""

    text: str
    found: bool


class Found(NamedTuple):
    """A message, and the part of its text where it has what was looked for."""

    message: Message
    pieces: tuple[Piece, ...]


class Results(NamedTuple):
    """What was found; below which id to look on, 0 at the end; and whether much is not to be found yet."""

    found: tuple[Found, ...]
    next: int
    behind: bool


def find(tx: Tx, actor: Actor, text: str, sort: Sort = "newest", below: int = 0) -> Results:
    """The messages that have all that is looked for and that the actor may see now, the newest first, those with an id
    ``below`` one; or the best of the newest.

    Raises:
        Malformed: it has no word, too many of them, or a day that is none.
        NotFound: it names a room that the actor does not see.
    """
    sought = _sought(tx, actor, text)
    behind = stored.left(tx) > FAR_BEHIND
    if sought.nobody or (isinstance(actor, Guest) and actor.site):
        return Results((), 0, behind)
    wanted = sought.wanted._replace(high=min(below or FOREVER, sought.wanted.high))
    guest = isinstance(actor, Guest)
    reader = stored.Reader(actor.id, guest, isinstance(actor, Guest) and actor.welcome, actor.id == BOT)
    limit = SHOWN if sort == "newest" else RANKED
    ids, further = stored.find(tx, wanted, reader, limit, min(LOOKED_AT_FIRST, LOOKED_AT))
    if further and len(ids) < limit:
        ids, further = stored.find(tx, wanted, reader, limit, LOOKED_AT)
    there = stored_messages.with_ids(tx, ids)
    looked_at = _first(there)
    if len(looked_at) < len(there):
        further = looked_at[-1].id
    found = [(one, _all_places(sought.phrases, one)) for one in looked_at]
    # Who edits a message is faster than the words of it.
    current = [(one, places) for one, places in found if places is not None]
    if sort == "best":
        current.sort(key=lambda pair: (-_weight(*pair), -pair[0].id))
        current, further = current[:SHOWN], 0
    return Results(tuple(Found(one, excerpt(one.body, places)) for one, places in current), further, behind)


def excerpt(body: str, places: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The part of a text about the first of these places, which do not overlap."""
    body = words.normal(body)
    start = max(0, places[0][0] - AROUND) if places else 0
    end = max(start + 3 * AROUND, places[0][1] + AROUND) if places else 3 * AROUND
    return tuple(piece for piece in _pieces(body, places, start, min(end, len(body))) if piece.text)


def _first(there: Sequence[Message]) -> list[Message]:
    """Those of these messages that are looked through."""
    letters = accumulate(len(one.body) for one in there)
    return [one for one, upto in zip(there, letters, strict=True) if upto <= LETTERS]


def _pieces(body: str, places: Iterable[tuple[int, int]], start: int, end: int) -> Iterator[Piece]:
    at = start
    yield Piece("…" if start else "", False)
    for low, high in places:
        if low < end:
            yield Piece(body[at:low], False)
            yield Piece(body[low : min(high, end)], True)
            at = min(high, end)
    yield Piece(body[at:end] + ("…" if end < len(body) else ""), False)


def _all_places(phrases: Sequence[words.Phrase], message: Message) -> list[tuple[int, int]] | None:
    """Where a message has what is looked for, as `joined`; None if it does not have all of it."""
    found = list(words.words(words.normal(message.body)))
    places: list[tuple[int, int]] = []
    for phrase in phrases:
        there = list(words.places(phrase, found))
        if not there:
            return None
        places += there
    return joined(places)


def joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """These places in order, and those that touch as one."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(places):
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged


def _weight(message: Message, places: Sequence[tuple[int, int]]) -> float:
    """How much of a message is what is looked for: what is said often in few words is best."""
    return len(places) / math.sqrt(100 + len(message.body))


def parts(text: str) -> list[tuple[str, str]]:
    """What is looked for in its parts: a filter, or nothing, and what stands after it. Raises Malformed."""
    if len(text) > LONGEST:
        raise Malformed(_("Look for at most %(count)s letters at once."), count=LONGEST)
    return [(name.lower(), quoted or bare) for name, quoted, bare in _PART.findall(text)]


def _sought(tx: Tx, actor: Actor, text: str) -> Sought:
    phrases: list[words.Phrase] = []
    marks: list[str] = []
    since, until, nobody = 0, FOREVER, False
    for name, said in parts(text):
        match name:
            case "from":
                author = _author(tx, actor, said)
                nobody = nobody or not author
                marks.append(indexing.by(author))
            case "in":
                marks.append(indexing.within(_room(tx, actor, said)))
            case "before":
                until = min(until, _day(said))
            case "after":
                since = max(since, _day(said) + DAY)
            case "has":
                marks.append(_has(said))
            case _ if phrase := words.phrase(said):
                phrases.append(phrase)
    _need(len(phrases) + len(marks))
    asked = (*(((mark,), False) for mark in dict.fromkeys(marks)), *phrases)
    low = stored.first_at(tx, since) if since else 0
    high = stored.first_at(tx, until) if until < FOREVER else FOREVER
    return Sought(stored.Wanted(asked, low, high, since, until), tuple(phrases), nobody)


def _need(count: int) -> None:
    """Raises Malformed for too much or too little to look for."""
    if not count:
        raise Malformed(NOTHING_ASKED)
    if count > MOST:
        raise Malformed(_("Look for at most %(count)s words at once."), count=MOST)


def _author(tx: Tx, actor: Actor, said: str) -> int:
    """The account that is meant, 0 if there is none."""
    name = names.folded(said.removeprefix("@"))
    if name == "me":
        return actor.id
    user = users.by_name(tx, name)
    return user.id if user else 0


def _room(tx: Tx, actor: Actor, said: str) -> int:
    slug = said.removeprefix("#")
    try:
        room, _member = rooms.visible(tx, actor, slug)
    except NotFound:
        raise NotFound(NO_ROOM, room=slug) from None
    if room.site or room.visitor:
        raise NotFound(NO_ROOM, room=slug)
    return room.id


def _day(said: str) -> int:
    """When a day begins, UTC."""
    try:
        day = date.fromisoformat(said) if _DAY.fullmatch(said) else None
    except ValueError:
        day = None
    if day is None:
        raise Malformed(NO_DATE, day=said)
    return max(0, int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000)


def _has(said: str) -> str:
    if said.lower() not in HAS:
        raise Malformed(_("A message has:file or has:link."))
    return HAS[said.lower()]
