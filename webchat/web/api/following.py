"""What the API's streams say: what the token's own user is told, from now on or since a position.

It is read from the store since where each reader stands, so that nothing is missed or told twice, whatever the bus
lost; and what one does on another device is told, too.
"""

import re
from typing import Annotated, Any

import anyio
import msgspec
from msgspec import UNSET, UnsetType

from webchat.broker import Frame
from webchat.chat import news
from webchat.chat.news import News, Standing
from webchat.errors import Unavailable
from webchat.store import Store, Tx
from webchat.web.api.notifications import Notification, view
from webchat.web.door import AGAIN
from webchat.web.numbers import whole_number

_PLACE = re.compile(r"([0-9a-z]{1,32})\.([0-9]{1,15})\.([0-9]{1,15})", re.ASCII)


class Opened(msgspec.Struct, frozen=True):
    """Where it begins: ``since`` is what was asked for. If something since then cannot be told any more it is ``lost``,
    and the list is to be read anew. Of what everyone was told, all up to the number ``read`` is read."""

    since: str
    lost: bool
    read: int


class Retracted(msgspec.Struct, frozen=True):
    """What is gone, and its key."""

    id: int
    key: str


class Read(msgspec.Struct, frozen=True):
    """Of what everyone was told, all up to that number is read."""

    upto: int


class Heard(msgspec.Struct, frozen=True):
    """One event: the first field that is there says what happened. ``replaces`` is the number of what a notification
    took the place of, and what is ``quiet`` is to be shown without calling anybody. ``unread`` is how many are not read
    by now, and ``at`` where to go on after it. ``stop`` says that it is of no use to come back."""

    open: Opened | UnsetType = UNSET
    sent: Notification | UnsetType = UNSET
    replaced: Notification | UnsetType = UNSET
    changed: Notification | UnsetType = UNSET
    retracted: Retracted | UnsetType = UNSET
    read: Read | UnsetType = UNSET
    keepalive: bool | UnsetType = UNSET
    stop: int | UnsetType = UNSET
    replaces: int | UnsetType = UNSET
    quiet: bool | UnsetType = UNSET
    unread: int | UnsetType = UNSET
    at: str | UnsetType = UNSET


class SocketQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to go on: at the ``at`` of an event, after a notification's number (0 for all), or at what comes now."""

    since: Annotated[str, msgspec.Meta(max_length=64)] = ""


class StreamQuery(SocketQuery, frozen=True, forbid_unknown_fields=True):
    """With ``poll`` it ends once all that there is was told."""

    poll: bool = False


class Follower:
    """Tells one reader what its user is told, in order and without end."""

    def __init__(self, store: Store, user: int, since: str) -> None:
        self._store = store
        self._user = user
        self._since = since
        self._at = Standing(0, 0)
        self._read = 0

    async def first(self) -> Frame:
        """What there is to begin with."""
        found = await self._store.read(self._opening)
        self._at, self._read = found.at, found.read
        opened = Heard(open=Opened(self._since, found.lost, found.read), unread=found.unread)
        return self._frame([opened, *_heard(found)], self._since if found.changes else "")

    async def next(self) -> Frame:
        """What has changed; while the store cannot be read it waits."""
        while True:
            try:
                found = await self._store.read(lambda tx: news.since(tx, self._user, self._at))
            except Unavailable:
                await anyio.sleep(AGAIN)
            else:
                break
        heard = _heard(found)
        if found.lost:
            heard.append(Heard(open=Opened(self._position(), True, found.read), unread=found.unread))
        elif found.read != self._read:
            heard.append(Heard(read=Read(found.read), unread=found.unread))
        before, self._at, self._read = self._position(), found.at, found.read
        return self._frame(heard, before)

    def _opening(self, tx: Tx) -> News:
        if not self._since:
            return news.now_at(tx, self._user)
        if (number := whole_number(self._since)) is not None:
            return news.after(tx, self._user, number)
        found = _PLACE.fullmatch(self._since)
        if not found or found[1] != self._store.epoch:
            return news.now_at(tx, self._user)._replace(lost=True)
        return news.since(tx, self._user, Standing(int(found[2]), int(found[3])))

    def _position(self) -> str:
        return f"{self._store.epoch}.{self._at.own}.{self._at.common}"

    def _frame(self, heard: list[Heard], before: str) -> Frame:
        """Only after the last of them one has all: who goes on after another is told the rest again."""
        places = [before or self._position()] * (len(heard) - 1) + [self._position()]
        placed = (msgspec.structs.replace(one, at=at) for one, at in zip(heard, places, strict=False))
        return Frame(*(msgspec.json.encode(one).decode() for one in placed))


def _heard(found: News) -> list[Heard]:
    heard = []
    for kind, one, replaces, quiet in found.changes:
        more: dict[str, Any] = {"unread": found.unread}
        if kind in ("sent", "replaced"):
            more |= {"quiet": quiet} | ({"replaces": replaces} if replaces else {})
        about: Any = Retracted(one.id, one.key) if kind == "retracted" else view(one)
        heard.append(Heard(**more | {kind: about}))
    return heard
