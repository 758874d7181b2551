"""What a listener knows: where it stands, and what happened since, through every loss of the connection."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from webchat.client.door import LOST, SILENT, Door, Problem, backoff

STOP = {4401: 401, 4403: 403, 4429: 429}
"""The close codes after which it is of no use to come back."""
GONE = (WebSocketException, *LOST, Problem)
"""What a listener hears where a connection is gone, or cannot be made."""
T = TypeVar("T")
_TIMES = ("at", "expires", "read", "archived", "snoozed")


@dataclass(frozen=True)
class Message:
    """A message as it stands. To go on after it, ``listen(room, since=message.position)``."""

    id: int
    room: str
    seq: int
    author: str
    title: str
    body: str
    html: str
    at: datetime
    edited: datetime | None
    deleted: datetime | None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    position: str = ""


@dataclass(frozen=True)
class File:
    """A file that was sent into a room. One of a ``type`` is a picture. ``markdown`` names it in a text."""

    id: str
    name: str
    type: str
    size: int
    url: str
    markdown: str


@dataclass(frozen=True)
class Notification:
    """Something that one was told, and what happened to it: it was ``sent``, ``replaced`` another one with the number
    ``replaces``, ``changed``, or was ``retracted``, of which only ``id`` and ``key`` are left. ``unread`` is how many
    are not read by now. To go on after it, ``notifications(since=notification.position)``."""

    happened: str
    id: int
    key: str = ""
    title: str = ""
    body: str = ""
    priority: int = 3
    tags: tuple[str, ...] = ()
    click: str = ""
    actions: tuple[dict[str, str], ...] = ()
    everyone: bool = False
    quiet: bool = False
    replaces: int = 0
    at: datetime | None = None
    expires: datetime | None = None
    read: datetime | None = None
    archived: datetime | None = None
    snoozed: datetime | None = None
    pressed: str = ""
    presser: str = ""
    unread: int = 0
    position: str = ""


class Ear(Generic[T]):
    """What a listener of either kind knows of its connection."""

    def __init__(self, door: Door, path: str) -> None:
        scheme, _colon, rest = door.url.partition(":")
        self._address = f"{'wss' if scheme == 'https' else 'ws'}:{rest}{path}"
        self._tries = 0

    @property
    def url(self) -> str:
        """Where to connect."""
        return self._address

    def begin(self) -> None:
        """Find out where it stands, before the first connection."""

    def is_behind(self, frame: str | bytes) -> bool:
        """Whether a frame says that something happened."""
        raise NotImplementedError

    def news(self) -> list[T]:
        """What happened."""
        raise NotImplementedError

    def lost(self, error: Exception | None) -> None:
        """The connection is gone. Raises Problem where it would be of no use to come back."""
        if isinstance(error, Problem) and error.status not in SILENT:
            raise error
        if isinstance(error, InvalidStatus) and error.response.status_code in (400, 401, 403, 404):
            raise Problem(error.response.status_code, (error.response.body or b"").decode(errors="replace")) from None
        if isinstance(error, ConnectionClosed) and error.rcvd and error.rcvd.code in STOP:
            raise Problem(STOP[error.rcvd.code], f"The server closed the connection with {error.rcvd.code}.") from None

    def wait(self) -> float:
        """Seconds until the next try."""
        self._tries += 1
        return backoff(self._tries)


class RoomEar(Ear[Message]):
    """Where a listener stands in a room. The socket only says how far the room is; what happened is asked for."""

    def __init__(self, door: Door, room: str, since: str) -> None:
        super().__init__(door, f"/socket?{urlencode({'room': room})}")
        self._door = door
        self._room = room
        self._at = since
        self._seq: int | None = None

    def begin(self) -> None:
        """Stand at the end of the room, unless a position was given."""
        if not self._at:
            told = self._ask(limit=1)
            self._at, self._seq = told["at"], max((one["seq"] for one in told["messages"]), default=0)

    def is_behind(self, frame: str | bytes) -> bool:
        """Whether a frame says another place than where it stands."""
        self._tries = 0
        at = json.loads(frame).get("at") if frame[:1] == "{" else None
        return bool(at) and at != self._at

    def news(self) -> list[Message]:
        """What changed since; after too much of it, all that was posted since."""
        told, before = self._ask(since=self._at), self._at
        self._at = told["at"]
        found = run(told)
        if told["reset"] and self._seq is not None:
            found = []
            while (more := self._ask(after=found[-1].seq if found else self._seq))["messages"]:
                found += run(more)
        self._seq = max([self._seq or 0, *(one.seq for one in found)])
        return [replace(one, position=before) for one in found[:-1]] + [
            replace(one, position=self._at) for one in found[-1:]
        ]

    def _ask(self, **query: Any) -> Any:
        return self._door.call("GET", f"{messages_path(self._room)}?{urlencode(query)}")


def messages_path(room: str) -> str:
    """Where a room's messages are."""
    return f"/rooms/{quote(room, '')}/messages"


def run(told: Any) -> list[Message]:
    """The messages of an answer."""
    return [message(one) for one in told["messages"]]


def message(one: Any) -> Message:
    """A message of an answer."""
    author, reactions = one["author"], {given["emoji"]: given["users"] for given in one["reactions"]}
    times = [datetime.fromtimestamp(one[name] / 1000, UTC) if one[name] else None for name in ("edited", "deleted")]
    at = datetime.fromtimestamp(one["at"] / 1000, UTC)
    said = (author["name"], author["title"], one["body"], one["html"], at, *times, reactions)
    return Message(one["id"], one["room"], one["seq"], *said)


class NotificationEar(Ear[Notification]):
    """Where a listener stands in what one user is told. All that happened comes by the socket."""

    def __init__(self, door: Door, since: str) -> None:
        super().__init__(door, "/api/v1/me/notifications/ws")
        self._at = since
        self._last = 0
        self._waiting: list[Notification] = []

    @property
    def url(self) -> str:
        """Where to go on."""
        return f"{self._address}?{urlencode({'since': self._at})}" if self._at else self._address

    def is_behind(self, frame: str | bytes) -> bool:
        """Take in what a frame tells. Where something is lost, what was told since is asked for by number."""
        self._tries = 0
        told = json.loads(frame)
        if "open" in told and told["open"]["lost"] and self._last:
            self._at = str(self._last)
            raise OSError("what was missed is asked for anew")
        self._at = told.get("at", self._at)
        for happened in ("sent", "replaced", "changed", "retracted"):
            if happened in told:
                self._waiting.append(_notification(happened, told))
                self._last = max(self._last, self._waiting[-1].id)
        return bool(self._waiting)

    def news(self) -> list[Notification]:
        """What was taken in."""
        found, self._waiting = self._waiting, []
        return found


def _notification(happened: str, told: Any) -> Notification:
    one = told[happened]
    given: dict[str, Any] = {"position": told["at"]}
    for name in Notification.__dataclass_fields__:
        if name in _TIMES:
            given |= {name: datetime.fromtimestamp(one[name] / 1000, UTC)} if one.get(name) else {}
        elif name in one:
            given[name] = tuple(one[name]) if isinstance(one[name], list) else one[name]
        elif name in ("quiet", "replaces", "unread") and name in told:
            given[name] = told[name]
    return Notification(happened, **given)
