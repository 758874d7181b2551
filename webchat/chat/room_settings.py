"""What a room is, changed: its title and topic, who may come, read and write, and whether it is archived."""

from msgspec.structs import asdict, replace

from webchat.chat import acts, people
from webchat.chat.done import Done
from webchat.chat.moderation import moderated
from webchat.chat.names import folded
from webchat.chat.rooms import NOT_DIRECT, NOT_THERE, called
from webchat.commands import ArchiveRoom, Command, EditRoom, RestoreRoom
from webchat.errors import Conflict, Forbidden, NotFound, sentence as _
from webchat.events import Event, RoomArchived, RoomEdited, RoomJoined, RoomRelisted
from webchat.listed import DirectoryChanged, RoomRenewed
from webchat.model import Actor, Room
from webchat.store import Tx, mentions, meta, rooms as stored, rules as stored_rules

TOGETHER = 100
"""Rooms that are closed in one transaction because of their age."""
FEW = 500
"""Members up to which each is told of a room by an event. Those of more are told by the processes that they are at."""


def edit(tx: Tx, actor: Actor, command: EditRoom) -> Done:
    """Change a room, unless somebody else did since its asker looked at it."""
    room = _found(tx, actor, "edit-room", command.room)
    if command.based not in (None, room.edits):
        raise Conflict(_("Somebody else changed this room. Look at it as it is now, and change it again."))
    return _noted(tx, actor, room, command, changed(tx, room, command))


def archive(tx: Tx, actor: Actor, command: ArchiveRoom) -> Done:
    """Let a room be read only, out of all sidebars. Its members stay what they are."""
    room = _found(tx, actor, "archive-room", command.room)
    return _noted(tx, actor, room, command, set_archived(tx, room, True))


def restore(tx: Tx, actor: Actor, command: RestoreRoom) -> Done:
    """Bring an archived room back to its members' sidebars."""
    room = _found(tx, actor, "restore-room", command.room)
    return _noted(tx, actor, room, command, set_archived(tx, room, False))


def operated(tx: Tx, slug: str) -> Room:
    """The room that an operator means. Raises NotFound."""
    room = stored.by_slug(tx, folded(slug))
    if room is None or room.kind == "direct":
        raise NotFound(NOT_THERE)
    return room


def changed(tx: Tx, room: Room, command: EditRoom) -> Done:
    """Give a room what a command says. Who comes in by its becoming open has read everything."""
    if command.kind == "direct":
        raise Forbidden(NOT_DIRECT)
    given = {field: value for field, value in asdict(command).items() if value is not None}
    for field in ("room", "cid", "based"):
        given.pop(field, None)
    if "title" in given:
        given["title"] = called(given["title"], room.slug)
    if "topic" in given:
        given["topic"] = given["topic"].strip()
    after = replace(room, **given)
    if after == room:
        return Done(room.slug)
    return Done(room.slug, _become(tx, room, after))


def set_archived(tx: Tx, room: Room, archived: bool) -> Done:
    """Put a room out of the way or bring it back."""
    if room.archived == archived:
        return Done(room.slug)
    return Done(room.slug, _become(tx, room, replace(room, archived=archived)))


def close_old(tx: Tx, at: int) -> tuple[Event, ...]:
    """Let only moderators write in rooms that are as old as their rules let all write, some at a time. Each is closed
    once: who lets all write in it again does so for good."""
    told: tuple[Event, ...] = ()
    for slug in stored_rules.overdue(tx, at, TOGETHER):
        room = stored.by_slug(tx, slug)
        assert room, "it was just found"
        stored_rules.note_closed(tx, room.id, at)
        told += _become(tx, room, replace(room, posting="moderators"))
    return told


def _become(tx: Tx, before: Room, after: Room) -> tuple[Event, ...]:
    """Make a room another one, and what happened by that: its members are told first, so that they go on hearing."""
    after = replace(after, edits=before.edits + 1)
    stored.change(tx, after)
    if after.guests == "none" and (before.guests != "none" or (before.kind, after.kind) == ("open", "closed")):
        meta.revoke(tx)
    edited = RoomEdited(after, people.place(tx))
    if after.archived:
        return (RoomArchived(after.slug, after.id, after.kind == "open"), edited)
    if (before.title, before.kind, before.archived) == (after.title, after.kind, after.archived):
        return (edited, DirectoryChanged())
    members = set(mentions.everybody(tx, after.id, FEW + 1))
    if (before.kind, after.kind) == ("closed", "open"):
        stored.join_everybody(tx, after.id)
    if len(mentions.everybody(tx, after.id, FEW + 1)) > FEW:
        return (RoomRenewed(after, edited.place),)
    return (*_relisted(tx, after, members), edited, DirectoryChanged())


def _relisted(tx: Tx, room: Room, members: set[int]) -> list[Event]:
    """What the members' sidebars are told, of whom some were members already."""
    return [
        RoomRelisted(user_id, link) if user_id in members else RoomJoined(user_id, link)
        for user_id, link in stored.links(tx, room.id)
    ]


def _noted(tx: Tx, actor: Actor, room: Room, command: Command, done: Done) -> Done:
    """Put what changed a room into the log."""
    if done.events:
        acts.note(tx, actor, room, command)
    return done


def _found(tx: Tx, actor: Actor, what: str, slug: str) -> Room:
    _user, room, _member = moderated(tx, actor, what, slug)
    return room
