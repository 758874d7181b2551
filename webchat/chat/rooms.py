"""Rooms: making them, coming, going, inviting, and how far each member has read."""

from webchat.chat import access, names
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import CreateRoom, InviteUser, JoinRoom, LeaveRoom, MarkRead, clean
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded, TooFast, sentence as _
from webchat.events import Event, ReadMoved, RoomJoined, RoomLeft, RoomOpened
from webchat.model import Actor, Guest, GuestAccess, Membership, Room, RoomKind, RoomLink, User
from webchat.store import Tx, meta, rooms as stored, users as stored_users

MADE_BY_GUESTS = 1_000
"""Rooms there may be before a welcome guest's post makes no more."""
LONGEST_TITLE = 80
"""Characters of a room's title."""

NOT_THERE = _("There is no such room, or it is not open to you.")


def visible(tx: Tx, actor: Actor, slug: str) -> tuple[Room, Membership | None]:
    """The room, for this actor: finding it is the permission check. Raises NotFound."""
    found = stored.with_membership(tx, names.folded(slug), actor.id)
    if found is None or not access.may_see(actor, *found):
        raise NotFound(NOT_THERE)
    return found


def visible_or_made(tx: Tx, actor: Actor, slug: str) -> tuple[Room, Membership | None, tuple[Event, ...]]:
    """Like `visible`, but a room that is nowhere yet is made for a guest of a server open to anyone; and the news."""
    news: tuple[Event, ...] = ()
    if isinstance(actor, Guest) and actor.welcome and stored.by_slug(tx, names.folded(slug)) is None:
        if stored.how_many(tx) >= MADE_BY_GUESTS:
            raise TooFast(_("There are too many rooms already. Use one that exists."))
        slug = names.slug(slug)
        news = _opened(add(tx, slug, "", "", "open", "write")).events
    return *visible(tx, actor, slug), news


def add(tx: Tx, slug: str, title: str, topic: str, kind: RoomKind, guests: GuestAccess) -> Room:
    """Make a room; everybody is a member of an open one. Raises Malformed or Conflict."""
    slug = names.slug(slug)
    title = clean(title).strip() or slug
    if len(title) > LONGEST_TITLE:
        raise Malformed(_("A room's title may have at most %(count)s characters."), count=LONGEST_TITLE)
    room = stored.add(tx, slug, title, topic.strip(), kind, guests, now())
    if room is None:
        raise Conflict(_("There is a room at this address already. Choose another one."))
    if kind == "open":
        stored.join_everybody(tx, room.id)
    return room


def made(tx: Tx, slug: str, title: str, kind: RoomKind, guests: GuestAccess) -> Done:
    """Make a room for nobody in particular: what an operator does. Admins moderate a closed one, to invite others."""
    room = add(tx, slug, title, "", kind, guests)
    if kind == "open":
        return _opened(room)
    news: list[Event] = []
    for admin in stored_users.admins(tx):
        stored.join(tx, room.id, admin.id, "moderator")
        news += joined(tx, room, admin)
    return Done(room.slug, tuple(news))


def exported(tx: Tx, slug: str | None) -> list[Room]:
    """The room of that slug, or all rooms but direct ones. Raises NotFound."""
    if slug is None:
        return stored.all_but_direct(tx)
    room = stored.by_slug(tx, names.folded(slug))
    if room is None:
        raise NotFound(NOT_THERE)
    return [room]


def create(tx: Tx, actor: Actor, command: CreateRoom) -> Done:
    """Make a room that its maker moderates."""
    user = _user(actor)
    if not access.may_create_room(user):
        raise Forbidden(_("You may not make rooms here."))
    if command.kind == "direct":
        raise Forbidden(_("A direct room is opened by writing to somebody."))
    room = add(tx, command.room, command.title, command.topic, command.kind, command.guests)
    stored.leave(tx, room.id, user.id)
    stored.join(tx, room.id, user.id, "moderator")
    return _opened(room) if room.kind == "open" else Done(room.slug, joined(tx, room, user))


def join(tx: Tx, actor: Actor, command: JoinRoom) -> Done:
    """Become a member of a room that is open."""
    user = _user(actor)
    room, member = visible(tx, user, command.room)
    if member:
        return Done(room.slug)
    if room.kind != "open":
        raise Forbidden(_("Somebody in this room has to invite you."))
    stored.join(tx, room.id, user.id)
    return Done(room.slug, joined(tx, room, user))


def leave(tx: Tx, actor: Actor, command: LeaveRoom) -> Done:
    """Stop being a member. A direct room cannot be left, only not read."""
    user = _user(actor)
    room, member = visible(tx, user, command.room)
    if room.kind == "direct":
        raise Forbidden(_("A direct room cannot be left."))
    if member is None:
        return Done(room.slug)
    stored.leave(tx, room.id, user.id)
    closed = not access.may_see(user, room, None)
    if closed:
        meta.revoke(tx)
    return Done(room.slug, (RoomLeft(user.id, room.slug, room.id, closed),))


def invite(tx: Tx, actor: Actor, command: InviteUser) -> Done:
    """Make another user a member."""
    room, member = visible(tx, _user(actor), command.room)
    if not access.may_invite(actor, room, member):
        raise Forbidden(_("Only members may invite others to this room."))
    user = stored_users.by_name(tx, names.folded(command.user))
    if user is None or user.role == "bot":
        raise NotFound(_("There is nobody called %(name)s."), name=command.user)
    if not stored.join(tx, room.id, user.id):
        return Done(room.slug)
    return Done(room.slug, joined(tx, room, user))


def mark_read(tx: Tx, actor: Actor, command: MarkRead) -> Done:
    """Move one's read cursor forward; without a membership there is none to move."""
    room, member = visible(tx, actor, command.room)
    if member is None:
        return Done(room.slug)
    seq = stored.mark_read(tx, room.id, actor.id, command.seq)
    return Done(room.slug, (ReadMoved(actor.id, room.id, seq),) if seq else ())


def _user(actor: Actor) -> User:
    if isinstance(actor, Guest):
        raise SignInNeeded(_("Sign in to do this."))
    return actor


def _opened(room: Room) -> Done:
    if room.kind != "open":
        return Done(room.slug)
    return Done(room.slug, (RoomOpened(RoomLink(room.id, room.slug, room.title, room.kind, 0, 0)),))


def joined(tx: Tx, room: Room, user: User) -> tuple[Event, ...]:
    """What happened when a user has just been made a member."""
    link = stored.link(tx, room.id, user.id)
    assert link, "the user was just made a member"
    return (RoomJoined(user.id, link),)
