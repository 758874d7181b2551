"""Who is in a room and as what: asking in, removing, keeping out, and making moderators of it."""

from webchat.chat import access, accounts, acts, holding
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.rooms import joined, left, visible
from webchat.commands import BanUser, InviteUser, RemoveUser, SetRoomRole, UnbanUser
from webchat.errors import Conflict, Forbidden, NotFound, sentence as _
from webchat.events import RoomRoleSet
from webchat.model import BOT, Actor, Membership, Room, User
from webchat.store import Tx, members as stored, rooms as stored_rooms

MODERATORS_ONLY = _("Only moderators of this room may do this.")
ARCHIVED = _("This room is archived. Restore it first.")


def invite(tx: Tx, actor: Actor, command: InviteUser) -> Done:
    """Make another user a member."""
    user = access.account(actor)
    room, member = visible(tx, user, command.room)
    if not access.may("invite-user", user, room, member):
        raise Forbidden(_("Only members may invite others to this room."))
    invited = _found(tx, command.user)
    if invited.disabled:
        raise NotFound(accounts.NOBODY, name=command.user)
    if stored.is_banned(tx, room.id, invited.id):
        raise Conflict(_("%(name)s is banned from this room. A moderator can lift the ban."), name=invited.title)
    if not stored_rooms.join(tx, room.id, invited.id):
        return Done(room.slug)
    return Done(room.slug, joined(tx, room, invited, by=user.title))


def remove(tx: Tx, actor: Actor, command: RemoveUser) -> Done:
    """End somebody's membership. In an open room they may come back; to prevent that they are banned."""
    room, subject = about(tx, actor, "remove-user", command.room, command.user)
    _need_member(tx, room, subject)
    acts.note(tx, actor, room, command, subject.title)
    return Done(room.slug, left(tx, room, subject))


def ban(tx: Tx, actor: Actor, command: BanUser) -> Done:
    """Keep somebody out, member or not."""
    room, subject = about(tx, actor, "ban-user", command.room, command.user)
    if not stored.ban(tx, room.id, subject.id, now()):
        return Done(room.slug)
    acts.note(tx, actor, room, command, subject.title)
    return Done(room.slug, (*left(tx, room, subject), *holding.drop(tx, room, subject)))


def unban(tx: Tx, actor: Actor, command: UnbanUser) -> Done:
    """Let somebody come again; it makes nobody a member."""
    room, subject = about(tx, actor, "unban-user", command.room, command.user)
    if stored.is_banned(tx, room.id, subject.id):
        stored.unban(tx, room.id, subject.id)
        acts.note(tx, actor, room, command, subject.title)
    return Done(room.slug)


def set_role(tx: Tx, actor: Actor, command: SetRoomRole) -> Done:
    """Make a member a moderator of the room, or no moderator any more; also oneself."""
    room, subject = about(tx, actor, "set-room-role", command.room, command.user, oneself=True)
    _need_member(tx, room, subject)
    if stored.role(tx, room.id, subject.id) == command.role:
        return Done(room.slug)
    stored.set_role(tx, room.id, subject.id, command.role)
    acts.note(tx, actor, room, command, subject.title)
    return Done(room.slug, (RoomRoleSet(subject.id, room.slug, room.id),))


def moderated(tx: Tx, actor: Actor, what: str, slug: str) -> tuple[User, Room, Membership | None]:
    """Who asks for what only a room's moderators may do, and the room. Raises the Refused that says why not."""
    user = access.account(actor)
    room, member = visible(tx, user, slug)
    if access.may(what, user, room, member):
        return user, room, member
    if room.archived and access.may("restore-room", user, room, member):
        raise Forbidden(ARCHIVED)
    raise Forbidden(MODERATORS_ONLY)


def about(tx: Tx, actor: Actor, what: str, slug: str, name: str, oneself: bool = False) -> tuple[Room, User]:
    """The room, and whom it is about. Raises the Refused that says why not."""
    user, room, member = moderated(tx, actor, what, slug)
    subject = _found(tx, name)
    if subject.id == user.id and not oneself:
        raise Conflict(_("You cannot do this to yourself. You can leave the room."))
    if not access.may(what, user, room, member, subject=subject):
        raise Forbidden(_("%(name)s ranks higher here than you do."), name=subject.title)
    return room, subject


def _found(tx: Tx, name: str) -> User:
    """The person or program called ``name``, but for the one that speaks for the place and is everywhere."""
    user = accounts.found(tx, name)
    if user.id == BOT:
        raise NotFound(accounts.NOBODY, name=name)
    return user


def _need_member(tx: Tx, room: Room, subject: User) -> None:
    if stored.role(tx, room.id, subject.id) is None:
        raise Conflict(_("%(name)s is not in this room."), name=subject.title)
