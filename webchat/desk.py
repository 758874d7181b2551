"""The command line's way in: the same verbs as every door, told to the server that runs beside it."""

import asyncio
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from webchat import commands as c
from webchat.bus.memory import ring
from webchat.chat import Chat, directs, passwords, people, room_settings, rooms
from webchat.chat.done import Done
from webchat.events import Event
from webchat.hearing import require_redis
from webchat.model import BOT, Account, GuestAccess, Role, Room, RoomKind, User
from webchat.settings import Settings
from webchat.store import Store, Tx, messages as stored_messages, users
from webchat.store.folder import at_work
from webchat.store.opening import open_beside

T = TypeVar("T")
BATCH = 500
"""Messages read at once for an export."""


@contextmanager
def desk(settings: Settings) -> Iterator["Desk"]:
    """A desk over the settings' database. Raises StartRefused when that cannot be opened."""
    with at_work(settings.data), closing(open_beside(settings.store, settings.data)) as store:
        yield Desk(store, Chat(store, _bell(settings, store.epoch)))


def _bell(settings: Settings, epoch: str) -> Callable[[Event], object]:
    """How the servers are told."""
    if settings.bus == "memory:":
        return partial(ring, settings.data / "bus.sock")
    require_redis()
    from webchat.bus import address

    return lambda event: address.ring(settings.bus, epoch, [event])


class Desk:
    """What an operator may do. Each method raises the Refused that a door would answer with."""

    def __init__(self, store: Store, chat: Chat) -> None:
        self._store = store
        self._chat = chat

    def add_user(self, name: str, password: str | None, admin: bool) -> str:
        """Add an account, the first admin as the owner; its password, made up unless given."""
        name = c.clean(name)
        password, hashed = self._password(password)
        self._write(lambda tx: people.add(tx, name, _admin(tx) if admin else "member", hashed))
        if admin:
            self._write(people.ensure_lobby)
        return password

    def set_password(self, name: str, password: str | None) -> str:
        """Replace a password and end the sessions; the password, made up unless given."""
        name = c.clean(name)
        password, hashed = self._password(password)
        self.commit(lambda tx: people.set_password(tx, directs.person(tx, name), hashed))
        return password

    def accounts(self) -> Iterator[Account]:
        """All accounts, by name."""
        after = ""
        while found := self.read(partial(users.page, search="", after=after, limit=BATCH)):
            yield from found
            after = found[-1].user.name

    def read(self, fn: Callable[[Tx], T]) -> T:
        """What is stored."""
        return asyncio.run(self._store.read(fn))

    def commit(self, verb: Callable[[Tx], Done]) -> Done:
        """Run a verb, and tell the server what came of it."""
        return asyncio.run(self._chat.commit(verb))

    def add_room(self, slug: str, title: str, kind: RoomKind, guests: GuestAccess) -> None:
        """Make a room."""
        self.commit(lambda tx: rooms.made(tx, slug, title, kind, guests))

    def rooms(self) -> list[Room]:
        """All rooms but direct ones."""
        return self.read(lambda tx: rooms.exported(tx, None))

    def edit_room(self, slug: str, changes: Mapping[str, str | None]) -> None:
        """Change a room; None stays as it is."""
        given = {field: value for field, value in changes.items() if value is not None}
        command = c.parse({"do": "edit-room", "room": slug, "cid": secrets.token_urlsafe(16)} | given)
        assert isinstance(command, c.EditRoom), "that is what was asked for"
        self.commit(lambda tx: room_settings.changed(tx, room_settings.operated(tx, command.room), command))

    def archive_room(self, slug: str, archived: bool) -> None:
        """Put a room out of the way, or bring it back."""
        slug = c.clean(slug)
        self.commit(lambda tx: room_settings.set_archived(tx, room_settings.operated(tx, slug), archived))

    def send(self, room: str, text: str) -> int:
        """Post to a room; the message's id."""
        return int(self._perform({"do": "post-message", "room": room, "body": text}).id)

    def notify(self, user: str, text: str, fields: Mapping[str, Any] = MappingProxyType({})) -> int:
        """Tell one user something, with the other fields of ``send-notification``; the notification's id."""
        return int(self._perform({"do": "send-notification", "user": user, "body": text, **fields}).id)

    def export(self, slug: str | None) -> Iterator[dict[str, Any]]:
        """What is stored, a row a room, a user, a message. Raises NotFound for a room that is not there."""
        named = None if slug is None else c.clean(slug)
        found: list[Room] = self.read(lambda tx: rooms.exported(tx, named))
        if slug is None:
            yield from ({"kind": "user"} | msgspec.structs.asdict(user) for user in self.read(users.people))
        for room in found:
            yield {"kind": "room"} | {"room_kind": room.kind} | _fields(room, "slug", "title", "topic", "guests", "seq")
            for low in range(1, room.seq + 1, BATCH):
                for message in self.read(partial(_batch, room.id, low)):
                    yield {"kind": "message"} | _exported(message)

    def _perform(self, form: dict[str, Any]) -> Done:
        command = c.parse(form | {"cid": secrets.token_urlsafe(16)})
        bot = self.read(lambda tx: users.by_id(tx, BOT))
        assert isinstance(bot, User), "every database has the account"
        return asyncio.run(self._chat.perform(bot, command))

    def _password(self, given: str | None) -> tuple[str, str]:
        password = given if given is not None else secrets.token_urlsafe(12)
        passwords.check(password)
        return password, asyncio.run(passwords.hashed(password))

    def _write(self, fn: Callable[[Tx], T]) -> T:
        return asyncio.run(self._store.write(fn))


def _admin(tx: Tx) -> Role:
    return "admin" if people.is_set_up(tx) else "owner"


def _batch(room_id: int, low: int, tx: Tx) -> list[Any]:
    return stored_messages.between(tx, room_id, low, low + BATCH - 1)


def _exported(message: Any) -> dict[str, Any]:
    fields = ("id", "room", "seq", "author", "title", "body", "at", "edited", "deleted", "answers")
    return _fields(message, *fields) | {
        "votes": message.votes,
        "reactions": [_fields(reaction, "emoji", "users", "names") for reaction in message.reactions],
    }


def _fields(struct: msgspec.Struct, *names: str) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in names}
