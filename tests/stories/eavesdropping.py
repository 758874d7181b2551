"""A place in which everything that is written to every connection is judged when it is written, by what was done and
not by what the code under test thinks: each message, notification, title and name carries a mark of its own."""

import asyncio
import json
import re
import secrets
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import anyio.lowlevel

from tests.permissions.doors import Socket, guest_cookie, request
from webchat import commands as c
from webchat.app import Webchat
from webchat.chat import people, sessions
from webchat.errors import Refused
from webchat.model import Guest, User
from webchat.store import messages as stored_messages, rooms as stored_rooms

MARK = re.compile(r"mark(\d+)x")


class Place:
    """A room as it should be: who its members are, and whom it lets in besides."""

    def __init__(self, slug: str, kind: str, guests: str) -> None:
        self.slug = slug
        self.kind = kind
        self.guests = guests
        self.members: set[str] = set()
        self.banned: set[str] = set()
        self.messages: list[tuple[int, str]] = []

    def is_read_by(self, who: str) -> bool:
        """The rule, in words: members; nobody else in direct rooms; users in open ones; all where guests are let in."""
        if who in self.banned:
            return False
        if who in self.members or self.kind == "direct":
            return who in self.members
        return self.guests != "none" or (self.kind == "open" and not who.startswith("guest"))


class Mark(NamedTuple):
    """What a mark stands for: ``of`` is a room or somebody's name, ``step`` when it came up."""

    kind: str
    of: str
    step: int


class Who:
    """Somebody: an account with its newest session, or a guest."""

    def __init__(self, name: str, actor: User | Guest, cookie: str, session: str = "") -> None:
        self.name = name
        self.actor = actor
        self.cookie = cookie
        self.session = session


class Ear(Socket):
    """A connection whose frames are judged; the application takes it for the server's own transport."""

    def __init__(self, place: "Eavesdropping", who: Who, room: str) -> None:
        super().__init__(place.app, who.cookie, room)
        self.who = who.name
        self.cookie = who.cookie
        self.room = room
        self.cut_with = 0
        self.heard = False
        self.push = self.write
        self.ended: Callable[[], None] | None = None
        self._place = place
        self._scope["extensions"] = {"webchat.wire": self}

    def write(self, data: bytes) -> None:
        """See `webchat.web.outlets.Wire`."""
        assert not self.cut_with, f"{self.who} is written to after the end"
        self.heard = True
        for text in texts(data):
            self._place.judge(self, text)

    def waiting(self) -> int:
        """Nothing ever waits."""
        return 0

    def cut(self, code: int) -> None:
        """The end."""
        self.cut_with = self.cut_with or code
        self._in.put_nowait({"type": "websocket.disconnect", "code": code})

    async def opened(self) -> "Ear":
        """Connect, and do not wait for anything to be written."""
        self._in.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._app(self._scope, self._in.get, self._out.put))
        await self._out.get()
        return self


class Eavesdropping:
    """The place and the oracle. ``frames`` counts what was judged; ``foreign`` is what should not have been written."""

    def __init__(self, app: Webchat) -> None:
        self.app = app
        self.at = app.state.house
        self.frames = 0
        self.foreign: list[str] = []
        self.step = 0
        self.told = 0
        self.marks: list[Mark] = []
        self.places: dict[str, Place] = {}
        self.ids: dict[int, str] = {}
        self.people: list[Who] = []
        self.ears: list[Ear] = []
        self._lost: dict[tuple[str, str], int] = {}

    def mark(self, kind: str, of: str) -> str:
        """A new mark."""
        self.marks.append(Mark(kind, of, self.step))
        return f"mark{len(self.marks) - 1}x"

    def judge(self, ear: Ear, text: str) -> None:
        """Note a text that is not for whoever it is written to."""
        self.frames += 1
        wrong = [mark for number in MARK.findall(text) if not self._may(ear, mark := self.marks[int(number)])]
        if text.startswith('{"top"'):
            slugs = (self.ids[int(room)] for room in json.loads(text)["top"])
            wrong += [Mark("count", slug, self.step) for slug in slugs if not self._counts(ear.who, slug)]
        if wrong:
            self.foreign.append(f"{ear.who} on {ear.room or 'no room'} at {self.step}: {wrong} in {text[:300]}")

    def _may(self, ear: Ear, mark: Mark) -> bool:
        if mark.kind == "message":  # also later, to whoever may see the room again
            return ear.room == mark.of and self._reads(ear.who, mark.of, mark.step)
        if mark.kind == "own":
            return ear.who == mark.of
        here = ear.room == mark.of and self._reads(ear.who, mark.of, self.told)
        return here or (mark.kind == "title" and self._belongs(ear.who, mark.of))

    def _reads(self, who: str, slug: str, since: int) -> bool:
        """Whether somebody could read a room at some time since a step."""
        return self.places[slug].is_read_by(who) or self._lost.get((who, slug), -1) >= since

    def _belongs(self, who: str, slug: str) -> bool:
        return who in self.places[slug].members or self._lost.get((who, slug), -1) >= self.told

    def _counts(self, who: str, slug: str) -> bool:
        return not who.startswith("guest") and (self.places[slug].kind == "open" or self._belongs(who, slug))

    async def ask(self, who: Who, do: str, **fields: Any) -> int | str | None:
        """Do something as somebody; the answer, or None if it was refused."""
        self.step += 1
        cid = f"cid-that-is-of-{self.mark('own', who.name)}" if do != "post-message" else secrets.token_urlsafe(16)
        command = c.parse({"do": do, "cid": cid, **fields})
        try:
            return (await self.at.chat.perform(who.actor, command, who.session)).id  # type: ignore[no-any-return]
        except Refused:
            return None
        finally:
            self.step += 1

    def gains(self, name: str, slug: str) -> None:
        """Somebody is a member from now on."""
        self.places[slug].members.add(name)

    def loses(self, name: str, slug: str) -> None:
        """Somebody is a member no more, since the call has returned."""
        self.stops(name, slug)
        self.places[slug].members.discard(name)

    def stops(self, name: str, slug: str) -> None:
        """Somebody may have read a room until now."""
        self._lost[name, slug] = self.step

    async def user(self, name: str, title: str = "") -> Who:
        """A new account, signed in."""
        store = self.at.store
        user = await store.write(lambda tx: people.add(tx, name, "owner" if name == "ann" else "member", "no hash"))
        if title:
            await store.write(lambda tx: tx.run("UPDATE users SET title = $2 WHERE id = $1", user.id, title))
        who = Who(name, user, "")
        await self.sign_in(who)
        return who

    async def sign_in(self, who: Who) -> None:
        """A new session for an account."""
        user = who.actor
        assert isinstance(user, User), "guests have no account"
        started = await self.at.store.write(lambda tx: sessions.start(tx, user))
        who.cookie, who.session = f"webchat={started.id}", sessions.hashed(started.id)

    async def sign_out(self, who: Who) -> None:
        """By the form."""
        assert (await request(self.app, "/sign-out", who.cookie, "POST"))[0] == 303
        assert all(ear.cut_with for ear in self.ears if ear.heard and ear.cookie == who.cookie)

    def guest(self, name: str) -> Who:
        """Somebody without an account."""
        guest = Guest(f"key-of-{name}", name)
        return Who(name, guest, guest_cookie(self.app, guest))

    async def made(self, slug: str, kind: str, guests: str) -> None:
        """A room, of the first of the people; of an open one all are members."""
        self.places[slug] = place = Place(slug, kind, guests)
        place.members = {"ann"} if kind == "closed" else {who.name for who in self.people if who.name[:5] != "guest"}
        title = self.mark("title", slug) if kind == "closed" else slug
        if slug != "lobby":
            await self.ask(self.people[0], "create-room", room=slug, kind=kind, guests=guests, title=title)
        await self.known(slug)

    def direct(self, slug: str, members: set[str]) -> None:
        """A room of two, unless it is there."""
        place = self.places.setdefault(slug, Place(slug, "direct", "none"))
        place.members = members

    async def said(self, slug: str, number: int) -> int:
        """The state of a message's text."""
        messages = self.places[slug].messages
        if not messages:
            return 0
        found = await self.at.store.read(
            lambda tx: stored_messages.by_id(tx, messages[-1 - number % min(3, len(messages))][0])
        )
        return int(found.said)

    async def known(self, slug: str) -> None:
        """Learn a room's id."""
        room = await self.at.store.read(lambda tx: stored_rooms.by_slug(tx, slug))
        self.ids[room.id] = slug

    async def listen(self, who: Who, slug: str) -> None:
        """One connection more."""
        ear = Ear(self, who, slug)
        self.ears.append(ear)
        await ear.opened()

    async def hush(self, ear: Ear) -> None:
        """A connection less."""
        self.ears.remove(ear)
        await ear.__aexit__()

    async def quiet(self) -> None:
        """Let everything be told that is to be."""
        self.at.presence.tick()
        await self.app.state.doors["socket"].broker.second()
        for _ in range(40):
            await anyio.lowlevel.checkpoint()
        for ear in [ear for ear in self.ears if ear.cut_with or not ear.heard]:
            await self.hush(ear)
        self.told = self.step


@lru_cache(1000)
def texts(data: bytes) -> tuple[str, ...]:
    """The texts in whole unmasked frames."""
    return tuple(_texts(data))


def _texts(data: bytes) -> Iterator[str]:
    while data:
        size, head = data[1], 2
        if size == 126:
            (size,), head = struct.unpack_from("!H", data, 2), 4
        elif size == 127:
            (size,), head = struct.unpack_from("!Q", data, 2), 10
        yield data[head : head + size].decode()
        data = data[head + size :]
