"""Who may do what: pure predicates over facts that the verb has just read in its own transaction."""

from webchat.model import Actor, Guest, Membership, Message, Room, User


def may_see(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Read a room: its members; any user if it is open; guests where it lets them in; bots, unless it is direct."""
    if member:
        return True
    if room.kind == "direct":
        return False
    if isinstance(actor, Guest):
        return room.guests != "none" or (actor.welcome and room.kind == "open")
    return actor.role == "bot" or room.kind == "open" or room.guests != "none"


def may_post(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Write in a room: its members and bots; guests where it lets them write, and users who cannot join it there too.
    Nobody once it is archived."""
    if room.archived:
        return False
    if isinstance(actor, Guest):
        return room.guests == "write" or (actor.welcome and room.kind == "open")
    if member or (actor.role == "bot" and room.kind != "direct"):
        return True
    return room.kind == "closed" and room.guests == "write"


def may_react(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Put an emoji under a message: users who may post."""
    return isinstance(actor, User) and may_post(actor, room, member)


def owns(actor: Actor, message: Message) -> bool:
    """Whether the actor wrote the message."""
    if isinstance(actor, Guest):
        return message.author == 0 and message.guest == actor.key
    return message.author == actor.id


def may_edit(actor: Actor, room: Room, member: Membership | None, message: Message) -> bool:
    """Change a message's text: its author, while it is there and the author may still post."""
    return owns(actor, message) and not message.deleted and may_post(actor, room, member)


def may_delete(actor: Actor, room: Room, member: Membership | None, message: Message) -> bool:
    """Take a message back: its author, and who moderates the room."""
    return not message.deleted and (may_edit(actor, room, member, message) or may_moderate(actor, room, member))


def may_moderate(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Act on what others wrote: the room's moderators, and admins in rooms they can see."""
    if isinstance(actor, Guest) or room.archived:
        return False
    return bool(member and member.role == "moderator") or (actor.is_admin and may_see(actor, room, member))


def may_invite(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Make somebody else a member: members, and never in a direct room, which stays what it is."""
    return isinstance(actor, User) and member is not None and room.kind != "direct" and not room.archived


def may_let_in(actor: Actor) -> bool:
    """Make and revoke links by which people get an account: admins."""
    return isinstance(actor, User) and actor.is_admin


def may_create_room(actor: Actor) -> bool:
    """Make a room: users."""
    return isinstance(actor, User)


def may_notify(actor: Actor) -> bool:
    """Tell a named user something outside any room: admins and bots."""
    return isinstance(actor, User) and actor.role in ("admin", "bot")
