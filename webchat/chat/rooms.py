"""Rooms: making them, coming, going, and how far each member has read."""

from webchat.chat import access, names, places, sites, waiting
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import CreateRoom, JoinRoom, LeaveRoom, MarkRead, clean
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, TooFast, sentence as _
from webchat.events import Event, ReadMoved, RoomJoined, RoomLeft, RoomOpened
from webchat.model import Actor, Guest, GuestAccess, Membership, Posting, Room, RoomKind, RoomLink, User
from webchat.store import Tx, mentions, meta, rooms as stored, users as stored_users

MADE_BY_GUESTS = 1_000
"""Rooms there may be before a welcome guest's post makes no more."""
LONGEST_TITLE = 80
"""Characters of a room's title."""

MOST = 10_000
"""Rooms there may be, direct ones apart."""

TOO_MANY = _("There are too many rooms already. Use one that exists.")
NOT_DIRECT = _("A direct room is opened by writing to somebody.")
NOT_THERE = _("There is no such room, or it is not open to you.")


def visible(tx: Tx, actor: Actor, slug: str) -> tuple[Room, Membership | None]:
    """The room, for this actor: finding it is the permission check. Raises NotFound."""
    found = stored.with_membership(tx, names.folded(slug), actor.id)
    if found is None or not access.may_see(actor, *found):
        raise NotFound(NOT_THERE)
    return found


def is_visible(tx: Tx, actor: Actor, slug: str) -> bool:
    """Whether an actor may see a room."""
    found = stored.with_membership(tx, slug, actor.id)
    return found is not None and access.may_see(actor, *found)


def visible_or_made(tx: Tx, actor: Actor, slug: str) -> tuple[Room, Membership | None, tuple[Event, ...]]:
    """Like `visible`, but a room that is nowhere yet is made: a thread, and any for a guest of a server open to anyone;
    and the news."""
    sites.begun(tx, actor, names.folded(slug))
    found = stored.with_membership(tx, names.folded(slug), actor.id)
    welcome = isinstance(actor, Guest) and actor.welcome
    if found is None and welcome and stored.by_slug(tx, names.folded(slug)) is None:
        if stored.how_many(tx) >= MADE_BY_GUESTS:
            raise TooFast(TOO_MANY)
        slug = names.slug(slug)
        news = _opened(add(tx, draft(slug, guests="write"))).events
        return *visible(tx, actor, slug), news
    if found is None or not access.may_see(actor, *found):
        raise NotFound(NOT_THERE)
    return *found, ()


def draft(
    slug: str, title: str = "", topic: str = "", kind: RoomKind = "open", guests: GuestAccess = "none",
    posting: Posting = "everyone",
) -> Room:  # fmt: skip
    """A room to be made. Raises Malformed for a slug or a title that cannot be one."""
    slug = names.slug(slug)
    return Room(0, slug, called(title, slug), topic.strip(), kind, guests, 0, 0, posting=posting)


def called(title: str, slug: str) -> str:
    """The title that a room gets. Raises Malformed."""
    title = clean(title).strip() or slug
    if len(title) > LONGEST_TITLE:
        raise Malformed(_("A room's title may have at most %(count)s characters."), count=LONGEST_TITLE)
    return title


def add(tx: Tx, draft: Room) -> Room:
    """Make a room; everybody is a member of an open one. Raises Conflict."""
    room = stored.add(tx, draft, now(), names.skeleton(draft.slug))
    if room is None:
        raise Conflict(_("There is a room at this address already. Choose another one."))
    if room.kind == "open":
        stored.join_everybody(tx, room.id)
    return room


def made(tx: Tx, slug: str, title: str, kind: RoomKind, guests: GuestAccess) -> Done:
    """Make a room for nobody in particular: what an operator does. Admins moderate a closed one, to invite others."""
    room = add(tx, draft(slug, title, "", kind, guests))
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
    user = access.account(actor)
    if not access.may("create-room", user, place=places.place(tx)):
        raise Forbidden(_("You may not make rooms here."))
    if command.kind == "direct":
        raise Forbidden(NOT_DIRECT)
    if stored.how_many(tx) >= MOST:
        raise TooFast(TOO_MANY)
    c = command
    room = add(tx, draft(c.room, c.title, c.topic, c.kind, c.guests, c.posting))
    stored.leave(tx, room.id, user.id)
    stored.join(tx, room.id, user.id, "moderator")
    return _opened(room) if room.kind == "open" else Done(room.slug, joined(tx, room, user))


def join(tx: Tx, actor: Actor, command: JoinRoom) -> Done:
    """Become a member of a room that is open."""
    user = access.account(actor)
    room, member = visible(tx, user, command.room)
    if not access.may("join-room", user, room, member):
        raise Forbidden(_("Somebody in this room has to invite you."))
    if member:
        return Done(room.slug)
    stored.join(tx, room.id, user.id)
    return Done(room.slug, joined(tx, room, user))


def leave(tx: Tx, actor: Actor, command: LeaveRoom) -> Done:
    """Stop being a member. A direct room cannot be left, only not read."""
    user = access.account(actor)
    room, member = visible(tx, user, command.room)
    if not access.may("leave-room", user, room, member):
        raise Forbidden(_("A direct room cannot be left."))
    if member is None:
        return Done(room.slug)
    return Done(room.slug, left(tx, room, user))


def mark_read(tx: Tx, actor: Actor, command: MarkRead) -> Done:
    """Move one's read cursor forward; without a membership there is none to move."""
    room, member = visible(tx, actor, command.room)
    if room.visitor:
        return Done(room.slug, waiting.seen(tx, actor, room, command.seq))
    if member is None:
        return Done(room.slug)
    seq = stored.mark_read(tx, room.id, actor.id, command.seq)
    if seq is None:
        return Done(room.slug)
    return Done(room.slug, (ReadMoved(actor.id, room.id, seq, mentions.unread(tx, room.id, actor.id) or 0),))


def _opened(room: Room) -> Done:
    return Done(room.slug, (RoomOpened(RoomLink(room.id, room.slug, room.title, room.kind, 0, 0)),))


def joined(tx: Tx, room: Room, user: User, by: str = "") -> tuple[Event, ...]:
    """What happened when a user has just been made a member, perhaps asked in by somebody with the title ``by``."""
    link = stored.link(tx, room.id, user.id)
    assert link, "the user was just made a member"
    return (RoomJoined(user.id, link, by),)


def left(tx: Tx, room: Room, user: User) -> tuple[Event, ...]:
    """End what a user has in a room, and what happened by that."""
    stored.leave(tx, room.id, user.id)
    meta.revoke(tx)
    return (RoomLeft(user.id, room.slug, room.id),)
