"""Comments over a video as other programs keep them: Bilibili's XML and DPlayer's JSON, read and written."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from xml.etree import ElementTree as Xml

import msgspec

from webchat.chat import messages, names, sites
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.text import to_html
from webchat.commands.fields import Color, Instant
from webchat.errors import NotFound, StartRefused
from webchat.flying import Flight
from webchat.imports import cleaned, hashed, named
from webchat.imports.comment import LATEST, NO_XML, elements, opened
from webchat.model import Message, Mode, Room, Site
from webchat.store import Tx, flights as stored, messages as stored_messages, rooms as stored_rooms

LONGEST = 1_000
"""Characters of a comment; what is longer is cut."""
TOGETHER = 500
"""Comments that are written or read in one transaction."""
Time = Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
_MODES: Mapping[int, Mode] = {1: "scroll", 2: "scroll", 3: "scroll", 4: "bottom", 5: "top", 6: "reverse"}
_NUMBERS: Mapping[Mode, int] = {"scroll": 1, "bottom": 4, "top": 5, "reverse": 6}
_TYPES: tuple[Mode, ...] = ("scroll", "top", "bottom")
_NAMES: Mapping[str, int] = {"right": 0, "top": 1, "bottom": 2}


class Comment(msgspec.Struct, frozen=True):
    """One that flies, said ``at`` a time, or at none that is known."""

    t: Instant
    mode: Mode
    color: Color
    text: str
    by: str
    at: Time = 0


class Contents(NamedTuple):
    """What a file has, and how many there are in it that fly in no way that is known here."""

    comments: list[Comment]
    others: int


def read(path: Path) -> Contents:
    """Read all of a file, of either kind. Raises StartRefused: it is of none, or something in it makes no sense."""
    with opened(path) as file:
        begins = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    comments: list[Comment] = []
    others = 0
    for number, found in enumerate((_bilibili if begins.startswith(b"<") else _dplayer)(path), 1):
        try:
            one = found()
            if one is None:
                others += 1
            elif one.text:
                comments.append(msgspec.convert(msgspec.to_builtins(one), Comment))
        except (ValueError, TypeError, IndexError, OverflowError):
            raise StartRefused(f"Comment {number} of {path.name} makes no sense. Nothing was imported.") from None
    if not comments and not others:
        raise StartRefused(f"There are no comments in {path.name}, as Bilibili or DPlayer write them.")
    return Contents(comments, others)


def batches(comments: Sequence[Comment]) -> Iterator[list[tuple[int, Comment]]]:
    """The comments, some at a time, each with how many just like it come before it."""
    seen: Counter[Comment] = Counter()
    counted = []
    for comment in comments:
        counted.append((seen[comment], comment))
        seen[comment] += 1
    return (counted[low : low + TOGETHER] for low in range(0, len(counted), TOGETHER))


def put(tx: Tx, site: Site, thread: str, comments: Sequence[tuple[int, Comment]]) -> Done:
    """Let comments fly in a thread of a site; how many were not there yet."""
    slug = f"{site.name}.{names.slug(thread)}"
    sites.begun(tx, None, slug)
    room = stored_rooms.by_slug(tx, slug)
    assert room, "it was there, or was made"
    return Done(sum(_put(tx, room, nth, comment) for nth, comment in comments))


def _put(tx: Tx, room: Room, nth: int, comment: Comment) -> bool:
    parts = (comment.t, comment.mode, comment.color, comment.text, comment.by, comment.at, nth)
    cid = hashed("film", str(room.id), *map(str, parts))
    if stored_messages.posted(tx, 0, cid):
        return False
    draft = Message(
        id=0, room=room.slug, seq=0, born=0, said=0, rev=0, author=0, title=comment.by, body=comment.text,
        html=to_html(comment.text), at=comment.at or now(), cid=cid, guest=hashed("film", str(room.id), comment.by),
    )  # fmt: skip
    added = stored_messages.add(tx, room.id, draft, messages.CONTINUES)
    assert added, "nobody else writes with this cid"
    stored.add(tx, room.id, Flight(added.message.id, comment.t, comment.mode, comment.color, "", ""))
    return True


def room_of(tx: Tx, site: str, thread: str) -> Room:
    """The thread to export. Raises NotFound."""
    room = stored_rooms.by_slug(tx, f"{sites.found(tx, site).name}.{names.folded(thread)}")
    if room is None:
        raise NotFound("There is no such thread.")
    return room


def bilibili(flights: Iterable[tuple[Flight, int]]) -> Iterator[str]:
    """The lines of Bilibili's XML. Of who said something it has a number that tells one from another."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<i>'
    for flight, at in flights:
        who = zlib.crc32(flight.by.encode())
        number = int(flight.color[1:], 16)
        place = f"{flight.t / 1000:.3f},{_NUMBERS[flight.mode]},25,{number},{at // 1000},0,{who:08x},{flight.id}"
        one = Xml.Element("d", p=place)
        one.text = NO_XML.sub("", flight.text)
        yield Xml.tostring(one, "unicode")
    yield "</i>"


def dplayer(flights: Iterable[tuple[Flight, int]]) -> Iterator[str]:
    """The lines of DPlayer's JSON, in which nothing flies to the right."""
    yield '{"code": 0, "data": ['
    before = ""
    for flight, _at in flights:
        kind = _TYPES.index(flight.mode) if flight.mode in _TYPES else 0
        row = [flight.t / 1000, kind, int(flight.color[1:], 16), flight.by, flight.text]
        yield before + json.dumps(row, ensure_ascii=False)
        before = ","
    yield "]}"


FORMATS = {"bilibili": bilibili, "dplayer": dplayer}


def _bilibili(path: Path) -> Iterator[Callable[[], Comment | None]]:
    for element in elements(path, frozenset({"d"})):
        yield partial(_from_xml, element.get("p", "").split(","), element.text or "")
        element.clear()


def _from_xml(parts: list[str], text: str) -> Comment | None:
    mode = _MODES.get(int(parts[1]))
    if mode is None:
        return None
    at = int(parts[4]) * 1000 if len(parts) > 4 else 0
    return Comment(_instant(float(parts[0])), mode, _color(int(parts[3])), _line(text), "Guest", at)


def _dplayer(path: Path) -> Iterator[Callable[[], Comment | None]]:
    try:
        with opened(path) as file:
            found = json.load(file)
        rows = found["data"] if isinstance(found, dict) else found
        if not isinstance(rows, list):
            raise ValueError
    except (ValueError, KeyError, RecursionError):
        raise StartRefused(f"{path.name} is neither Bilibili's XML nor DPlayer's JSON.") from None
    return (partial(_from_json, row) for row in rows)


def _from_json(row: Any) -> Comment | None:
    time, kind, color, author, text = row
    mode = dict(enumerate(_TYPES)).get(_NAMES.get(kind, kind))
    color = int(color[1:], 16) if isinstance(color, str) and color.startswith("#") else int(color)
    if mode is None or not isinstance(author, str) or not isinstance(text, str):
        raise TypeError
    return Comment(_instant(float(time)), mode, _color(color), _line(text), named(author))


def _instant(seconds: float) -> int:
    return round(seconds * 1000)


def _color(number: int) -> str:
    return f"#{number:06x}"


def _line(text: str) -> str:
    return " ".join(cleaned(text).split())[:LONGEST]
