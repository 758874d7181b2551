"""Stand-ins for what the broker is given: a store in memory, a render that can be read back, and a page that applies
what it is sent as the browser would."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import msgspec

from webchat.broker import Broker, Frame, Reader, Since
from webchat.events import Event, MessageDeleted, MessageEdited, MessagePosted, ReactionsChanged, RoomChange
from webchat.model import Message, Page, Reaction, Repair
from webchat.positions import Position

EPOCH = "e1"
LIMIT = 300
PAGE = 50
TOP = 40


def message(number: int, rev: int = 0, room: str = "lobby", **fields: object) -> Message:
    """Message ``number`` of a room that has only posts, or as it is at ``rev``."""
    rev = rev or number
    values = {"born": number, "said": rev, "author": 1, "title": "Ann", "body": "x", "html": "<p>x</p>", "at": 0}
    return Message(id=number, room=room, seq=number, rev=rev, **(values | fields))  # type: ignore[arg-type]


def posted(number: int, rev: int = 0, room: str = "lobby") -> MessagePosted:
    return MessagePosted(message(number, rev, room), room_id=7)


class FakeRender:
    """Renders to JSON behind a ``<``, so that a test can see what a browser would do."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, int]] = []

    def changes(self, view: str, messages: Sequence[Message], since: int) -> tuple[str, ...]:
        self.calls.append(("changes", view, len(messages)))
        rows = []
        for m in messages:
            kind = "posted" if m.born > since else "edited" if m.said > since else "reacted"
            rows.append([kind, m.id, m.seq, m.said, m.rev])
        return ("<changes " + json.dumps(rows) + "\n",)

    def reset(self, view: str, room: str, page: Page) -> tuple[str, ...]:
        self.calls.append(("reset", view, len(page.messages)))
        return ("<reset " + json.dumps([["posted", m.id, m.seq, m.said, m.rev] for m in page.messages]),)

    def news(self, view: str, event: Event) -> tuple[str, ...]:
        self.calls.append(("news", view, 1))
        return (f"<{type(event).__name__} " + msgspec.json.encode(event).decode(),)

    def at(self, view: str, position: str) -> tuple[str, ...]:
        return (f'{{"at":"{position}"}}',)


class FakeStore:
    """Rooms and messages as the real store keeps them. With a ``gate``, each read waits to be let through."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[Message]] = {}
        self.revs: dict[str, int] = {}
        self.loads: list[tuple[str, int | None]] = []
        self.floor = 0
        self.gate: anyio.Semaphore | None = None
        self.broken = False

    def post(self, room: str = "lobby") -> MessagePosted:
        rev = self._next(room)
        messages = self.rooms.setdefault(room, [])
        number = len(messages) + 1
        messages.append(message(number, rev, room, born=rev, said=rev))
        return MessagePosted(messages[-1], room_id=7)

    def change(self, kind: str, number: int, room: str = "lobby") -> RoomChange:
        rev = self._next(room)
        old = self.rooms[room][number - 1]
        if kind == "react":
            reactions = (*old.reactions, Reaction("+", (rev,), ("Ann",)))
            new = msgspec.structs.replace(old, rev=rev, reactions=reactions)
            event: type[RoomChange] = ReactionsChanged
        elif kind == "delete":
            new, event = msgspec.structs.replace(old, rev=rev, said=rev, deleted=1, html=""), MessageDeleted
        else:
            new, event = msgspec.structs.replace(old, rev=rev, said=rev, edited=1), MessageEdited
        self.rooms[room][number - 1] = new
        return event(new)

    def page(self, room: str) -> Page:
        messages = self.rooms.get(room, [])
        return Page(tuple(messages[-PAGE:]), self.revs.get(room, 0), len(messages) > PAGE, False)

    async def load(self, slug: str, since: int | None, around: int | None) -> Repair:
        self.loads.append((slug, since))
        head = self.revs.get(slug, 0)
        page = self.page(slug)
        changed = sorted((m for m in self.rooms.get(slug, ()) if m.rev > (since or 0)), key=lambda m: m.rev)
        await self._wait()
        if since is None or not self.floor <= since <= head or len(changed) > LIMIT:
            return Repair(head, None, page)
        return Repair(head, tuple(changed), None)

    async def heads(self, slugs: Sequence[str]) -> dict[str, int]:
        found = {slug: self.revs[slug] for slug in slugs if slug in self.revs}
        await self._wait()
        return found

    async def anew(self, slug: str, rev: int) -> None:
        self.revs[slug] = self.floor = max(rev, self.revs[slug]) + 1

    def lose(self, count: int, room: str = "lobby") -> None:
        """Lose the newest messages, as a database does whose standby had not got them."""
        del self.rooms[room][-count:]
        self.revs[room] -= count

    async def _wait(self) -> None:
        if self.broken:
            raise OSError("The disk is gone")
        if self.gate is not None:
            await self.gate.acquire()

    def _next(self, room: str) -> int:
        self.revs[room] = self.revs.get(room, 0) + 1
        return self.revs[room]


class FakeOutlet:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.code = 0
        self.unread = 0

    def write(self, frame: Frame) -> None:
        assert not self.code, "written to after it was cut"
        self.frames.append(frame)

    def waiting(self) -> int:
        return self.unread

    def cut(self, code: int) -> None:
        self.code = self.code or code

    @property
    def texts(self) -> list[str]:
        return [text for frame in self.frames for text in frame.texts]

    @property
    def at(self) -> str:
        """The last position that was sent."""
        return next((json.loads(text)["at"] for text in reversed(self.texts) if text.startswith('{"at"')), "")


class Window:
    """A page that applies frames as the browser does: what is posted is placed or replaced, what was edited or reacted
    to is replaced where it is shown."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[int, int, int]] = {}
        self.at = ""
        self.resets = 0

    def draw(self, page: Page) -> None:
        self.rows = {m.id: (m.seq, m.said, m.rev) for m in page.messages}
        self.at = f"{EPOCH}.{page.rev}"

    def apply(self, frame: Frame) -> None:
        for text in "\n".join(frame.texts).splitlines():
            if text.startswith('{"at"'):
                self.at = json.loads(text)["at"]
                continue
            kind, _space, rest = text.partition(" ")
            if kind == "<reset":
                self.rows = {}
                self.resets += 1
            if kind in ("<reset", "<changes"):
                for row in json.loads(rest):
                    self._put(*row)

    def _put(self, kind: str, number: int, seq: int, said: int, rev: int) -> None:
        if kind == "posted" or (kind == "edited" and number in self.rows):
            self.rows[number] = (seq, said, rev)
        elif number in self.rows:
            self.rows[number] = (seq, self.rows[number][1], rev)


@asynccontextmanager
async def running(store: FakeStore, render: FakeRender | None = None, **options: object) -> AsyncIterator[Broker]:
    """A broker that delivers while the block lasts."""
    broker = Broker(EPOCH, render or FakeRender(), store.load, store.heads, store.anew, **options)  # type: ignore[arg-type]
    async with anyio.create_task_group() as tasks:
        await tasks.start(broker.run)
        yield broker
        tasks.cancel_scope.cancel()


async def rest() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await anyio.lowlevel.checkpoint()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def joined(
    broker: Broker, view: str = "room.en", slug: str = "lobby", **who: object
) -> tuple[Reader, FakeOutlet]:
    """A reader of a room, with an outlet that is still empty."""
    outlet = FakeOutlet()
    reader = broker.connect(outlet, view, slug=slug, **who)  # type: ignore[arg-type]
    await broker.join(reader, slug, None)
    outlet.frames.clear()
    return reader, outlet


def kinds(outlet: FakeOutlet) -> list[str]:
    return [text.partition(" ")[0].strip("<") for text in outlet.texts if not text.startswith('{"at"')]


async def come(broker: Broker, since: Since, around: int | None = None) -> tuple[Reader, FakeOutlet]:
    outlet = FakeOutlet()
    reader = broker.connect(outlet, "room.en")
    await broker.join(reader, "lobby", since, around)
    return reader, outlet


def at(rev: int) -> Position:
    return Position(EPOCH, rev)


def shown(outlet: FakeOutlet) -> list[str]:
    return [text.split()[0].strip("<") for text in outlet.texts if text.startswith("<")]


def ids(outlet: FakeOutlet) -> list[int]:
    window = Window()
    for frame in outlet.frames:
        window.apply(frame)
    return list(window.rows)
