"""Saying, editing and taking back; and the runs of messages that pages and resumes show."""

import msgspec

from webchat.chat import access, names, rooms
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import DeleteMessage, EditMessage, PostMessage
from webchat.errors import Conflict, Forbidden, NotFound, Unavailable, sentence as _
from webchat.events import MessageDeleted, MessageEdited, MessagePosted, ReadMoved
from webchat.model import Actor, Guest, Membership, Message, Page, Room
from webchat.store import Tx, messages as stored, rooms as stored_rooms

PAGE = 50
"""Messages on a page."""
CONTINUES = 5 * 60 * 1000
"""How long, in milliseconds, an author's next message counts as more of the same."""


def post(tx: Tx, actor: Actor, command: PostMessage, html: str) -> Done:
    """Put a message, whose body is ``html``, at the end of a room. The room of a welcome guest's first post is made."""
    if before := stored.posted(tx, actor.id, command.cid):
        return _again(actor, command, before)
    room, member, news = rooms.visible_or_made(tx, actor, command.room)
    _need_to_post(actor, room, member)
    at, (seq, rev) = now(), stored.place(tx, room.id)
    draft = Message(
        id=0,
        room=room.slug,
        seq=seq,
        born=rev,
        said=rev,
        rev=rev,
        author=actor.id,
        title=actor.title,
        body=command.body,
        html=html,
        at=at,
        cid=command.cid,
        guest=actor.key if isinstance(actor, Guest) else "",
        continues=_continues(tx, actor, room.id, seq, at),
    )
    message = stored.add(tx, room.id, draft)
    if message is None:  # stored by another process since we looked; asked again, it is answered
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))
    posted = MessagePosted(message, room_id=room.id, shared=room.kind == "open")
    if member is None:
        return Done(message.id, (*news, posted))
    stored_rooms.mark_read(tx, room.id, actor.id, message.seq)
    return Done(message.id, (*news, posted, ReadMoved(actor.id, room.id, message.seq)))


def edit(tx: Tx, actor: Actor, command: EditMessage, html: str) -> Done:
    """Give one's own message another text, unless it has a newer one than its author saw."""
    room, member, message = _visible(tx, actor, command.message)
    if not access.owns(actor, message):
        raise Forbidden(_("Only its author may edit a message."))
    if message.deleted:
        raise Conflict(_("This message was deleted. It cannot be edited any more."))
    _need_to_post(actor, room, member)
    if message.said != command.based:
        raise Conflict(_("This message was edited elsewhere in the meantime. Look at the new text and edit again."))
    if message.body == command.body:
        return Done(message.id)
    at, rev = now(), stored.touch(tx, room.slug)
    stored.edit(tx, message, rev, command.body, html, at)
    changed = msgspec.structs.replace(message, body=command.body, html=html, edited=at, said=rev, rev=rev)
    return Done(message.id, (MessageEdited(changed),))


def delete(tx: Tx, actor: Actor, command: DeleteMessage) -> Done:
    """Empty a message. For whoever could have done it, to ask for a deleted one is done already."""
    room, member, message = _visible(tx, actor, command.message)
    if message.deleted and (access.owns(actor, message) or access.may_moderate(actor, room, member)):
        return Done(message.id)
    if not access.may_delete(actor, room, member, message):
        raise Forbidden(_("You may not delete this message."))
    at, rev = now(), stored.touch(tx, room.slug)
    stored.delete(tx, message, rev, at)
    gone = msgspec.structs.replace(message, body="", html="", deleted=at, said=rev, rev=rev, reactions=())
    return Done(message.id, (MessageDeleted(gone),))


def find(tx: Tx, actor: Actor, slug: str, seq: int) -> tuple[Room, Membership | None, Message]:
    """The message at a place of a room that the actor may see. Raises NotFound."""
    room, member = rooms.visible(tx, actor, slug)
    message = stored.by_seq(tx, room.id, seq)
    if message is None:
        raise NotFound(_("There is no such message."))
    return room, member, message


def last_page(tx: Tx, room: Room) -> Page:
    """The newest messages."""
    return _page(tx, room, room.seq - PAGE + 1, room.seq)


def page_before(tx: Tx, room: Room, seq: int) -> Page:
    """The messages just before ``seq``."""
    return _page(tx, room, seq - PAGE, seq - 1)


def page_after(tx: Tx, room: Room, seq: int) -> Page:
    """The messages just after ``seq``."""
    return _page(tx, room, seq + 1, seq + PAGE)


def page_around(tx: Tx, room: Room, seq: int) -> Page:
    """The messages about ``seq``."""
    return _page(tx, room, seq - PAGE // 2, seq + PAGE // 2)


def _page(tx: Tx, room: Room, low: int, high: int) -> Page:
    low, high = max(1, low), min(high, room.seq)
    found = stored.between(tx, room.id, low, high) if low <= high else []
    return Page(tuple(found), room.rev, earlier=low > 1, later=high < room.seq)


def _visible(tx: Tx, actor: Actor, message_id: int) -> tuple[Room, Membership | None, Message]:
    message = stored.by_id(tx, message_id)
    if message is not None:
        found = stored_rooms.with_membership(tx, message.room, actor.id)
        assert found, "a message has a room"
        if access.may_see(actor, *found):
            return *found, message
    raise NotFound(_("There is no such message."))


def _need_to_post(actor: Actor, room: Room, member: Membership | None) -> None:
    if access.may_post(actor, room, member):
        return
    if room.archived:
        raise Forbidden(_("This room is archived. It can be read, but nothing changes in it any more."))
    if isinstance(actor, Guest):
        raise Forbidden(_("Guests may only read here. Sign in to write."))
    raise Forbidden(_("Join this room to write in it."))


def _again(actor: Actor, command: PostMessage, before: tuple[int, str, str]) -> Done:
    message_id, guest, room = before
    if room != names.folded(command.room) or (isinstance(actor, Guest) and guest != actor.key):
        raise Conflict(_("This was sent before as something else. Reload the page and try again."))
    return Done(message_id)


def _continues(tx: Tx, actor: Actor, room_id: int, seq: int, at: int) -> bool:
    before = stored.before(tx, room_id, seq - 1)
    if before is None:
        return False
    author, guest, then, deleted = before
    same = author == actor.id and (not isinstance(actor, Guest) or guest == actor.key)
    return same and not deleted and 0 <= at - then < CONTINUES
