"""The table of permissions as a list of cases, and a place in which each case has what it is about.

What a case needs is seen from how its form is filled: where that names a room, there is a case for every state of a
room and every place in it; a message, for one's own and another's; a subject, for every role of it.
"""

import secrets
from collections.abc import Callable, Iterator
from itertools import islice, product
from typing import Any, NamedTuple

from tests.permissions import made
from tests.permissions.doors import Asked, guest_cookie
from webchat.app import Webchat
from webchat.chat import access, sessions
from webchat.chat.clock import now
from webchat.model import GUEST_ACCESS, Guest, Membership, Message, Posting, Room, RoomKind, User
from webchat.store import Tx, rooms

ROLES = access.Row._fields
PEOPLE = ("owner", "admin", "moderator", "member")
"""The roles of those whom a command may be about: programs are nobody there."""
SELF = "oneself"
PLACES = ("none", "member", "moderator", "banned")
FAR = 2**52
"""The id of a message that is not there."""
NOWHERE = "nowhere"
KINDS: tuple[RoomKind, ...] = ("open", "closed")
POSTING: tuple[Posting, ...] = ("everyone", "moderators")
EVERY = {"form": 3}
"""One situation in so many is tried at this door: it decides as ``json`` does, and draws a page for each."""
ROOMS = [
    Room(0, "", "Room", "", kind, guests, 1, 1, 0, archived, posting)
    for kind, guests, archived, posting in product(KINDS, GUEST_ACCESS, (False, True), POSTING)
] + [Room(0, "", "", "", "direct", "none", 1, 1, 0, archived) for archived in (False, True)]


class Spot(NamedTuple):
    """What a form is filled with in one case.

    ``room`` is a slug and ``message`` an id in it; ``subject`` is the name of somebody who is not in the room, and
    ``fellow`` of somebody who is; ``session`` and ``token`` are the subject's; ``code`` and ``link`` are of one
    invitation; ``new`` is in no use. ``notification`` is the asker's own, with a button, and ``told`` is the name of
    somebody who has one under the key ``known``. ``hook`` and ``callback`` are a bot's, and ``site`` is there; ``held``
    is the asker's own text that waits in the room. ``desk`` is a site whose visitors ``agent`` answers, and so does the
    asker, if that is a user; ``talk`` is the room of a conversation there, and ``mine`` of one that the asker began.
    """

    room: str = NOWHERE
    message: int = FAR
    subject: str = "nobody-at-all"
    fellow: str = "nobody-at-all"
    session: str = "0" * 64
    code: str = "no-such-code"
    link: int = FAR
    token: int = FAR
    new: str = "new"
    notification: int = FAR
    told: str = "nobody-at-all"
    bot: str = "nobody-at-all"
    hook: int = FAR
    callback: int = FAR
    site: str = "no-such-site"
    held: int = FAR
    desk: str = "no-such-site"
    agent: str = "nobody-at-all"
    talk: str = NOWHERE
    mine: str = NOWHERE


Fill = Callable[[Spot], dict[str, Any]]


class Touched(Spot):
    """A spot that notes what of it is used."""

    used: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in Spot._fields:
            object.__getattribute__(self, "used").add(name)
        return super().__getattribute__(name)


def uses(fill: Fill) -> set[str]:
    """The fields of a spot that a form needs."""
    spot = Touched()
    spot.used = set()
    fill(spot)
    return spot.used


class Situation(NamedTuple):
    """One case of one command: who asks, in what room and what place, about whose message and which rank."""

    role: str
    room: Room | None = None
    place: str = "none"
    own: bool = False
    rank: str = ""

    def __str__(self) -> str:
        room = self.room
        where = room and f"{room.kind}, guests {room.guests}, archived {room.archived}, posting {room.posting}"
        return f"{self.role} as {self.place} in ({where}), own {self.own}, about {self.rank or 'nobody'}"


def situations(fill: Fill, role: str) -> Iterator[Situation]:
    """All cases of a command, for one role."""
    needs = uses(fill)
    subject = bool(needs & {"subject", "fellow", "session", "token"})
    rooms: list[Room | None] = [*ROOMS] if needs & {"room", "message"} else [None]
    for room, place, own in product(rooms, PLACES, (False, True) if "message" in needs else (False,)):
        if place != "none" and (room is None or role == "guest"):
            continue
        if room is not None and room.kind == "direct" and place in ("moderator", "banned"):
            continue
        plain = room is None or (room.guests, room.archived, room.posting) == ("none", False, "everyone")
        ranks = PEOPLE if subject and plain else ("member",) if subject else ("",)
        for rank in (*ranks, SELF) if "session" in needs and role not in ("bot", "guest") else ranks:
            yield Situation(role, room, place, own, rank)


class Person(NamedTuple):
    """Who asks at one door in one role."""

    actor: User | Guest
    cookie: str


class Case(NamedTuple):
    """A situation with all that is in it, at a door: what is asked, and whether it is to be done. ``seen`` is whether
    the room is seen at all."""

    situation: Situation
    door: str
    asked: Asked
    allowed: bool
    seen: bool


class Matrix:
    """Builds the cases of one command in a place of its own."""

    def __init__(self, app: Webchat, word: str, fill: Fill, doors: tuple[str, ...], *, welcome: bool = False) -> None:
        self._app = app
        self._word = word
        self._fill = fill
        self._welcome = welcome
        self._doors = doors
        self.needs = uses(fill)
        self._count = 0

    async def cases(self) -> list[Case]:
        """All of them, in one transaction."""
        return list(await self._app.state.house.store.write(self._built))

    def _built(self, tx: Tx) -> list[Case]:
        self._room(tx, Room(0, "hall", "Hall", "", "open", "write", 0, 0))
        self._maker = self._user(tx, "owner")
        self._author = self._user(tx, "member")
        self._bot = self._user(tx, "bot")
        return [
            self._case(tx, situation, door, who)
            for door, role in product(self._doors, ("guest",) if self._welcome else ROLES)
            for asking in [{place: self._person(tx, role) for place in PLACES}]
            for situation in islice(situations(self._fill, role), 0, None, EVERY.get(door, 1))
            for who in [asking[situation.place]]
        ]

    def _case(self, tx: Tx, situation: Situation, door: str, who: Person) -> Case:
        facts = access.Case(who.actor, access.NOWHERE, None)
        spot = Spot(new=f"new-{self._next()}")
        if situation.room is not None:
            room = self._room(tx, situation.room)
            member = self._membership(tx, room, who.actor, situation.place)
            facts, spot = facts._replace(room=room, member=member), spot._replace(room=room.slug)
            if "message" in self.needs:
                message = self._message(tx, room, who.actor if situation.own else self._author)
                facts, spot = facts._replace(message=message), spot._replace(message=message.id)
            if "held" in self.needs:
                spot = spot._replace(held=made.held(tx, room, who.actor, self._next()))
        if situation.rank:
            subject, fellow = self._subject(tx, situation, who), self._subject(tx, situation, who)
            facts, spot = facts._replace(subject=subject), spot._replace(subject=subject.name, fellow=fellow.name)
            if situation.room is not None:
                self._membership(tx, facts.room, fellow, "member")
            if "session" in self.needs:
                spot = spot._replace(session=sessions.start(tx, subject).session)
        if "token" in self.needs:
            spot = spot._replace(token=self._token(tx, facts.subject))
        if self.needs & {"code", "link"}:
            spot = spot._replace(**made.invitation(tx, self._maker, self._next()))
        if "notification" in self.needs and isinstance(who.actor, User):
            spot = spot._replace(notification=self._notification(tx, who.actor))
        if "bot" in self.needs:
            spot = spot._replace(bot=self._bot.name)
        if self.needs & {"hook", "callback"}:
            spot = spot._replace(**self._tied(tx))
        if "site" in self.needs:
            spot = spot._replace(site=made.site(tx, self._next()))
        if self.needs & {"desk", "talk", "mine"}:
            facts, spot = self._desk(tx, facts, spot)
        if "told" in self.needs:
            told = self._user(tx, "member")
            self._notification(tx, told)
            spot = spot._replace(told=told.name)
        banned = situation.place == "banned"
        return Case(
            situation, door, self._asked(who, spot), access.may(self._word, *facts) and not banned,
            facts.room is access.NOWHERE or (access.may("read-room", *facts) and not banned),
        )  # fmt: skip

    def nowhere(self, case: Case) -> Asked:
        """The same, asked of a room and a message that are not there."""
        return self._asked(Person(access.NOBODY, case.asked.cookie), Spot(bot=self._bot.name))

    def _asked(self, who: Person, spot: Spot) -> Asked:
        return Asked(who.cookie, {"do": self._word, "cid": secrets.token_urlsafe(16), **self._fill(spot)})

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _person(self, tx: Tx, role: str) -> Person:
        if role == "guest":
            guest = Guest(f"key-{self._next()}", "Gus", self._welcome)
            return Person(guest, guest_cookie(self._app, guest))
        user = self._user(tx, role)
        return Person(user, f"webchat={sessions.start(tx, user).id}")

    def _user(self, tx: Tx, role: str) -> User:
        name = f"{role}-{self._next()}"
        sql = "INSERT INTO users (name, skeleton, title, role, created) VALUES ($1, $1, $1, $2, 0) RETURNING id"
        return User(made.id_(tx, sql, name, role), name, name, role)  # type: ignore[arg-type]

    def _subject(self, tx: Tx, situation: Situation, who: Person) -> User:
        if situation.rank == SELF:
            assert isinstance(who.actor, User)
            return who.actor
        return self._user(tx, situation.rank)

    def _room(self, tx: Tx, room: Room) -> Room:
        slug = room.slug or (f"~{self._next()}.{self._next()}" if room.kind == "direct" else f"room-{self._next()}")
        sql = (
            "INSERT INTO rooms (slug, title, kind, guests, rev, seq, archived, posting, created)"
            " VALUES ($1, $2, $3, $4, $5, $5, $6, $7, 0) RETURNING id"
        )
        number = made.id_(tx, sql, slug, room.title, room.kind, room.guests, room.rev, int(room.archived), room.posting)
        return Room(number, slug, *(getattr(room, name) for name in Room.__struct_fields__[2:]))

    def _membership(self, tx: Tx, room: Room, actor: User | Guest, place: str) -> Membership | None:
        if place == "banned":
            tx.run("INSERT INTO bans (room_id, user_id, at) VALUES ($1, $2, 0)", room.id, actor.id)
        if place not in ("member", "moderator"):
            return None
        tx.run("INSERT INTO memberships (room_id, user_id, role) VALUES ($1, $2, $3)", room.id, actor.id, place)
        return Membership(room.slug, actor.id, place)  # type: ignore[arg-type]

    def _message(self, tx: Tx, room: Room, author: User | Guest) -> Message:
        guest = author.key if isinstance(author, Guest) else ""
        sql = "INSERT INTO messages (room_id, seq, born, said, rev, author, title, body, html, at, cid, guest,"
        sql += " continues) VALUES ($1, 1, 1, 1, 1, $2, 'x', 'x', '<p>x</p>', $5, $3, $4, 0) RETURNING id"
        number = made.id_(tx, sql, room.id, author.id, f"cid-of-message-{self._next()}", guest, at := now())
        return Message(number, room.slug, 1, 1, 1, 1, author.id, "x", "x", "<p>x</p>", at, guest=guest)

    def _token(self, tx: Tx, user: User) -> int:
        sql = (
            "INSERT INTO tokens (user_id, hash, prefix, scopes, created, expires)"
            " VALUES ($1, $2, 'webchat_', 'read', 0, 0) RETURNING id"
        )
        return made.id_(tx, sql, user.id, f"token-{self._next()}")

    def _notification(self, tx: Tx, user: User) -> int:
        sql = "INSERT INTO notices (title, body, at, actions) VALUES ('', 'x', $1, $2) RETURNING id"
        number = made.id_(tx, sql, FAR, '[{"label":"Press"}]')
        sql = "INSERT INTO notifications (user_id, notice_id, key, born, rev) VALUES ($1, $2, 'known', 1, 1)"
        tx.run(sql, user.id, number)
        return number

    def _tied(self, tx: Tx) -> dict[str, Any]:
        bot = self._bot
        hook = "INSERT INTO hooks (user_id, room_id, hash, prefix, created) VALUES ($1, 1, $2, 'x', 0) RETURNING id"
        callback = (
            "INSERT INTO callbacks (user_id, room_id, url, secret, created) VALUES ($1, 1, 'x', 'x', 0) RETURNING id"
        )
        return {
            "bot": bot.name,
            "hook": made.id_(tx, hook, bot.id, f"hook-{self._next()}"),
            "callback": made.id_(tx, callback, bot.id),
        }

    def _desk(self, tx: Tx, facts: access.Case, spot: Spot) -> tuple[access.Case, Spot]:
        spot = spot._replace(**made.desk(tx, made.site(tx, self._next()), self._user(tx, "member"), facts.actor))
        member = Membership("", facts.actor.id) if facts.actor.id else None
        if self.needs & {"talk", "mine"}:
            room = rooms.by_slug(tx, spot.mine if "mine" in self.needs else spot.talk)
            assert room
            return facts._replace(room=room, member=member), spot
        return facts._replace(member=member), spot
