"""The command line's way in: the same verbs as every door, told to the server that runs beside it."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import msgspec

from webchat import commands as c
from webchat.bus.memory import ring
from webchat.chat import Chat, directs, passwords, people, rooms
from webchat.chat.done import Done
from webchat.model import BOT, GuestAccess, Room, RoomKind, User
from webchat.settings import Settings
from webchat.store import Store, Tx, messages as stored_messages, users
from webchat.store.folder import at_work
from webchat.store.sqlite import open_sqlite

T = TypeVar("T")
BATCH = 500
"""Messages read at once for an export."""


@contextmanager
def desk(settings: Settings) -> Iterator["Desk"]:
    """A desk over the settings' database. Raises StartRefused when that cannot be opened."""
    with at_work(settings.data), closing(open_sqlite(settings.data / "webchat.db")) as store:
        yield Desk(store, Chat(store, partial(ring, settings.data / "bus.sock")))


class Desk:
    """What an operator may do. Each method raises the Refused that a door would answer with."""

    def __init__(self, store: Store, chat: Chat) -> None:
        self._store = store
        self._chat = chat

    def add_user(self, name: str, password: str | None, admin: bool) -> str:
        """Add an account; its password, made up unless given."""
        name = c.clean(name)
        password, hashed = self._password(password)
        self._write(lambda tx: people.add(tx, name, "admin" if admin else "member", hashed))
        if admin:
            self._write(people.ensure_lobby)
        return password

    def set_password(self, name: str, password: str | None) -> str:
        """Replace a password and end the sessions; the password, made up unless given."""
        name = c.clean(name)
        password, hashed = self._password(password)
        asyncio.run(self._chat.commit(lambda tx: people.set_password(tx, directs.person(tx, name), hashed)))
        return password

    def add_room(self, slug: str, title: str, kind: RoomKind, guests: GuestAccess) -> None:
        """Make a room."""
        asyncio.run(self._chat.commit(lambda tx: rooms.made(tx, slug, title, kind, guests)))

    def send(self, room: str, text: str) -> int:
        """Post to a room; the message's id."""
        return int(self._perform({"do": "post-message", "room": room, "body": text}).id)

    def notify(self, user: str, text: str) -> int:
        """Tell one user something; the notification's id."""
        return int(self._perform({"do": "send-notification", "user": user, "body": text}).id)

    def export(self, slug: str | None) -> Iterator[dict[str, Any]]:
        """What is stored, a row a room, a user, a message. Raises NotFound for a room that is not there."""
        named = None if slug is None else c.clean(slug)
        found: list[Room] = self._read(lambda tx: rooms.exported(tx, named))
        if slug is None:
            yield from ({"kind": "user"} | msgspec.structs.asdict(user) for user in self._read(users.people))
        for room in found:
            yield {"kind": "room"} | {"room_kind": room.kind} | _fields(room, "slug", "title", "topic", "guests", "seq")
            for low in range(1, room.seq + 1, BATCH):
                for message in self._read(partial(_batch, room.id, low)):
                    yield {"kind": "message"} | _exported(message)

    def _perform(self, form: dict[str, str]) -> Done:
        command = c.parse(form | {"cid": secrets.token_urlsafe(16)})
        bot = self._read(lambda tx: users.by_id(tx, BOT))
        assert isinstance(bot, User), "every database has the account"
        return asyncio.run(self._chat.perform(bot, command))

    def _password(self, given: str | None) -> tuple[str, str]:
        password = given if given is not None else secrets.token_urlsafe(12)
        people.check_password(password)
        return password, asyncio.run(passwords.hashed(password))

    def _read(self, fn: Callable[[Tx], T]) -> T:
        return asyncio.run(self._store.read(fn))

    def _write(self, fn: Callable[[Tx], T]) -> T:
        return asyncio.run(self._store.write(fn))


def _batch(room_id: int, low: int, tx: Tx) -> list[Any]:
    return stored_messages.between(tx, room_id, low, low + BATCH - 1)


def _exported(message: Any) -> dict[str, Any]:
    fields = ("id", "room", "seq", "author", "title", "body", "at", "edited", "deleted")
    return _fields(message, *fields) | {
        "reactions": [_fields(reaction, "emoji", "users", "names") for reaction in message.reactions]
    }


def _fields(struct: msgspec.Struct, *names: str) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in names}
