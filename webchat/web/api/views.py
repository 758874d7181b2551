"""What the API answers with. Times are milliseconds since 1970, UTC; 0 is never."""

from collections.abc import Iterable
from typing import Any

import msgspec

from webchat import model, rules
from webchat.chat import holding, rights
from webchat.model import Posting, Role, RoomKind, RoomRole, State
from webchat.positions import Position
from webchat.rules import Judge, Mute, Reported
from webchat.store import Tx, rooms as stored_rooms, users as stored_users
from webchat.web.api.endpoint import Ask


class Data(msgspec.Struct, frozen=True):
    """What is kept of somebody: each line is of a ``kind``. ``next`` is the ``after`` of the next page, null at the
    end."""

    lines: list[dict[str, Any]]
    next: str | None


class User(msgspec.Struct, frozen=True):
    """An account, of a person or of a program."""

    id: int
    name: str
    title: str
    role: Role
    status: str
    disabled: bool


class UserList(msgspec.Struct, frozen=True):
    """Accounts by name. ``next`` is the ``after`` of the next page, null at the end."""

    users: list[User]
    next: str | None


class Author(msgspec.Struct, frozen=True):
    """Who wrote a message: the title it was written under, and the account's name; a guest has id 0 and no name."""

    id: int
    name: str
    title: str


class Reaction(msgspec.Struct, frozen=True):
    """An emoji under a message, and the ids of the users who gave it."""

    emoji: str
    users: list[int]


class File(msgspec.Struct, frozen=True):
    """A file in a room. One of a ``type`` is a picture, and shown; all others are downloads. ``markdown`` is how a text
    names it."""

    id: str
    name: str
    type: str
    size: int
    url: str
    markdown: str


class Message(msgspec.Struct, frozen=True):
    """A message as it stands. ``seq`` is its place in the room; ``said`` is what an edit of it names as ``based``. What
    waits for a moderator has the id 0, and nothing else to say; one that is ``hidden`` was
    reported, and has no text now. ``votes`` counts all thumbs up, also those of guests, who are in no list. ``answers``
    is the ``seq`` of the message that it answers."""

    id: int
    room: str
    seq: int
    author: Author
    body: str
    html: str
    at: int
    edited: int
    deleted: int
    said: int
    reactions: list[Reaction]
    hidden: bool = False
    votes: int = 0
    answers: int | None = None


class MessageList(msgspec.Struct, frozen=True):
    """Messages in order, read at the position ``at``.

    ``reset`` says that they are not what changed since a position, but the newest, to begin anew with. ``earlier`` and
    ``later`` say whether there are more before and after them.
    """

    messages: list[Message]
    at: str
    reset: bool
    earlier: bool
    later: bool


class Room(msgspec.Struct, frozen=True):
    """A room. ``people`` are the others in a direct room. ``mine`` says whether the account is a member, ``seq`` is
    that of the newest message, ``at`` its position and ``edits`` what a change of it may name as ``based``.
    ``pinned`` is the id of the message above the list."""

    room: str
    title: str
    topic: str
    kind: RoomKind
    guests: model.GuestAccess
    posting: Posting
    archived: bool
    edits: int
    seq: int
    at: str
    members: int
    mine: bool
    people: list[str]
    pinned: int | None = None


class RoomList(msgspec.Struct, frozen=True):
    """Rooms. ``next`` is the ``after`` of the next page, null at the end."""

    rooms: list[Room]
    next: str | None


class Member(msgspec.Struct, frozen=True):
    """Somebody in a room, and as what."""

    user: User
    role: RoomRole


class MemberList(msgspec.Struct, frozen=True):
    """Members. ``next`` is the ``after`` of the next page, null at the end."""

    members: list[Member]
    next: str | None


class Here(msgspec.Struct, frozen=True):
    """Who is in a room now; above 200 people only how many."""

    count: int
    people: list[str]


class Rules(rules.Rules, frozen=True, kw_only=True):
    """A room's rules, from which its moderators and programs are free, as one sets them. When the judge did not answer
    last and why not, and until when it is not asked; 0 for never. Its ``secret`` is told once, to who names it."""

    judge_failed: int = 0
    judge_error: str = ""
    judge_resting: int = 0
    secret: str = ""


class Trial(msgspec.Struct, frozen=True):
    """What a judge ``says`` that was tried: ``allow``, ``hold`` or ``reject``; empty where there is none."""

    says: str


class Waiting(msgspec.Struct, frozen=True):
    """A text that waits for a moderator. ``author`` is a user's id, 0 for guests, ``title`` what they are called, and
    ``why`` what the room's judge says of it, if that let it wait."""

    id: int
    author: int
    title: str
    body: str
    at: int
    why: str


class Queue(msgspec.Struct, frozen=True):
    """What waits, the oldest first. ``next`` is the ``after`` of the next page, null at the end."""

    waiting: list[Waiting]
    next: str | None


class Reports(msgspec.Struct, frozen=True):
    """Messages that readers reported, with how many did and the first reasons."""

    reported: list[Reported]


class Silent(msgspec.Struct, frozen=True):
    """Who may not write in a room, with the number that ends it."""

    mutes: list[Mute]


class Presence(msgspec.Struct, frozen=True):
    """How a user is: ``online``, ``away``, or empty for who is not here; and when last seen."""

    state: State
    seen: int


def user(found: model.User) -> User:
    """An account."""
    return User(found.id, found.name, found.title, found.role, found.status, found.disabled)


def messages(tx: Tx, found: Iterable[model.Message]) -> list[Message]:
    """Messages with their authors' names."""
    called: dict[int, str] = {0: ""}
    listed = []
    for one in found:
        if one.author not in called:
            author = stored_users.by_id(tx, one.author)
            called[one.author] = author.name if author else ""
        by = Author(one.author, called[one.author], one.title)
        reactions = [Reaction(given.emoji, list(given.users)) for given in one.reactions]
        listed.append(
            Message(
                one.id,
                one.room,
                one.seq,
                by,
                one.body,
                one.html,
                one.at,
                one.edited,
                one.deleted,
                one.said,
                reactions,
                bool(one.hidden),
                one.votes,
                one.answers or None,
            )
        )
    return listed


def room(ask: Ask, tx: Tx, found: model.Room, mine: bool) -> Room:
    """A room as it is for who asks."""
    link = stored_rooms.link(tx, found.id, ask.actor.id) if found.kind == "direct" else None
    return Room(
        found.slug,
        found.title or (link.title if link else ""),
        found.topic,
        found.kind,
        found.guests,
        found.posting,
        found.archived,
        found.edits,
        found.seq,
        str(Position(ask.at.store.epoch, found.rev)),
        ask.at.sizes.of(tx, found.id),
        mine,
        [one.name for one in link.others] if link else [],
        found.pin or None,
    )


def data(ask: Ask, tx: Tx, by: holding.Author) -> Data:
    """What is kept of an author, from where the query says on."""
    found = rights.facts(tx, by, ask.query.after, ask.query.limit)
    return Data(found.lines, found.next or None)


def asked(ask: Ask, found: rules.Rules, judge: Judge) -> Rules:
    """What is asked of what is said, and how its judge is."""
    told = {"judge_failed": judge.failed, "judge_error": judge.error, "judge_resting": judge.resting}
    return msgspec.convert(msgspec.structs.asdict(found) | told | {"secret": ask.done.secret}, Rules)


def trial(ask: Ask, _tx: Tx) -> Trial:
    """What a judge said that was tried."""
    return Trial(str(ask.done.id))
