"""Judges a run: what authors asked and were told, what readers were sent, and what the store holds must agree.

`check` returns one line for each thing that is wrong:

1. every acknowledged post is in the store exactly once, under the id that every ack gave
2. a refused post is not there; an unanswered one may be, but never twice
3. a room's seq runs from 1 without a hole
4. an author's posts stand in the order they were made
5. every reader's list equals that of a fresh page, in ids, order, text, edits, deletions and reactions
6. no reader ever saw a row that is not in the store, or two in another order than by seq
7. no reader ever saw a row of another room
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.tools.databases import sql
from tests.tools.dom import Element, parse


@dataclass
class Post:
    """What one author asked once, and every answer to it."""

    cid: str
    author: str
    room: str
    ids: list[int] = field(default_factory=list)
    refused: str = ""
    asked: list[int] = field(default_factory=list)
    """When, counted over all that was asked. It may stand where it was asked first even if that was refused for the
    moment: nobody can tell then what becomes of a commit that a database that hangs was given."""


class Log:
    """What all authors of a run did, in the order each did it."""

    def __init__(self) -> None:
        self.posts: dict[str, Post] = {}
        self.acked = 0
        self._asked = 0

    def invoke(self, author: str, room: str, cid: str) -> None:
        """An author is about to post for the first time."""
        self.posts[cid] = Post(cid, author, room)
        self.again(cid)

    def ok(self, cid: str, id: int) -> None:
        """The post was acknowledged, perhaps again."""
        self.acked += not self.posts[cid].ids
        self.posts[cid].ids.append(id)

    def again(self, cid: str) -> None:
        """It is asked again, later than what was asked meanwhile, since it could not be done."""
        self._asked += 1
        self.posts[cid].asked.append(self._asked)

    def fail(self, cid: str, why: str) -> None:
        """The post was refused."""
        self.posts[cid].refused = why


class View:
    """A reader's list of messages: the page, and then what htmx and our ``place`` make of each frame."""

    def __init__(self, room: str, page: str) -> None:
        self.room = room
        self.frames: list[str] = []
        self.rows: list[Element] = []
        self.start = 1
        self.at_end = True
        self._replace(parse(page))

    def replay(self, read: Callable[[str], Element] = parse) -> Iterator[Element]:
        """Apply the recorded frames, giving every row that they bring. What is read of them is not changed."""
        for frame in self.frames:
            for partial in read(frame).elements:
                yield from self._swap(partial.attributes["hx-target"], partial.attributes["hx-swap"], partial)

    def _swap(self, target: str, swap: str, partial: Element) -> Sequence[Element]:
        if swap == "place" and (target == "#log" or (target == "ol[data-end]" and self.at_end)):
            for row in partial.elements:
                self._place(row)
            return partial.elements
        if target == "#history":
            self._replace(partial)
            return self.rows
        if target.startswith("#m-"):
            self.rows = [partial.elements[0] if row.id == target[1:] else row for row in self.rows]
            return partial.elements
        if target.startswith("#r-"):
            self.rows = [row.replaced(target[1:], partial.elements[0]) for row in self.rows]
        return ()

    def _place(self, row: Element) -> None:
        place = len(self.rows)
        while place and seq(self.rows[place - 1]) > seq(row):
            place -= 1
        if place and self.rows[place - 1].id == row.id:
            self.rows[place - 1] = row
        else:
            self.rows.insert(place, row)

    def _replace(self, within: Element) -> None:
        if log := within.find("log"):
            self.rows = list(log.elements)
            self.start = seq(self.rows[0]) if self.rows else 1
            self.at_end = "data-end" in log.attributes


def seq(row: Element) -> int:
    """A row's place in its room."""
    return int(row.attributes["data-seq"])


@dataclass
class Row:
    """A message as the store holds it."""

    id: int
    room: str
    seq: int
    cid: str


def stored(database: Path | str) -> list[Row]:
    """All messages of a store, a file of SQLite or an address of PostgreSQL, by room and seq."""
    found = sql(database, "SELECT m.id, r.slug, m.seq, m.cid FROM messages m JOIN rooms r ON r.id = m.room_id")
    return sorted((Row(*values) for values in found), key=lambda row: (row.room, row.seq))


def check(log: Log, rows: Sequence[Row], views: Sequence[View], fresh: Mapping[str, Sequence[Element]]) -> list[str]:
    """All that is wrong. ``fresh`` has each room's whole list as its pages show it now."""
    judge = _Judge(rows)
    return [
        *_answers(log, rows),
        *_places(rows),
        *_order(log, rows),
        *(wrong for number, view in enumerate(views) for wrong in judge.view(number, view, fresh[view.room])),
    ]


def _answers(log: Log, rows: Sequence[Row]) -> Iterator[str]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row.cid].append(row.id)
    for cid, post in log.posts.items():
        if post.ids and (found[cid] != sorted(set(post.ids))):
            yield f"1: {cid} was acknowledged as {sorted(set(post.ids))} and is stored as {found[cid]}"
        if len(found[cid]) > 1 or (post.refused and not post.ids and found[cid]):
            yield f"2: {cid}, refused with {post.refused!r}, is stored as {found[cid]}"


def _places(rows: Sequence[Row]) -> Iterator[str]:
    for room, count in Counter(row.room for row in rows).items():
        places = [row.seq for row in rows if row.room == room]
        if places != list(range(1, count + 1)):
            yield f"3: the {count} messages of {room} have the places {places[0]} to {places[-1]}"


def _order(log: Log, rows: Sequence[Row]) -> Iterator[str]:
    latest: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if post := log.posts.get(row.cid):
            whose = row.room, post.author
            if latest[whose] > post.asked[-1]:
                yield f"4: {row.cid} of {post.author} stands after a later one"
            latest[whose] = min((when for when in post.asked if when > latest[whose]), default=post.asked[-1])


class _Judge:
    """Of what readers saw. Many are sent the same, which is read once."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._places = {f"m-{row.id}": (row.room, row.seq) for row in rows}
        self._read = cache(parse)
        self._written = cache(str)

    def view(self, number: int, view: View, fresh: Sequence[Element]) -> Iterator[str]:
        """What is wrong with one view."""
        reader = f"reader {number} of {view.room}"
        for row in view.replay(self._read):
            room, place = self._places.get(row.id, ("", 0))
            if room not in (view.room, ""):
                yield f"7: {reader} saw {row.id} of {room}"
            elif place != seq(row):
                yield f"6: {reader} saw {row.id} at {seq(row)}, in the store it is at {place}"
        if any(seq(one) >= seq(other) for one, other in pairwise(view.rows)):
            yield f"6: {reader} shows {[seq(row) for row in view.rows]}"
        mine = [self._written(row) for row in view.rows]
        # A page that was sent anew may be ahead of what is told to all: then rows come that stand before its first.
        first = min([view.start, *(seq(row) for row in view.rows[:1])])
        theirs = [self._written(row) for row in fresh if seq(row) >= first]
        if mine != theirs:
            wrong = sorted({*mine} ^ {*theirs})
            yield f"5: {reader} shows {len(mine)} rows, a fresh page {len(theirs)}; different are {wrong[:4]}"
