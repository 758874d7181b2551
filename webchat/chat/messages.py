"""Saying, editing and taking back; and the runs of messages that pages and resumes show."""

from typing import Any

import msgspec

from webchat.chat import (
    access,
    acts,
    attachments,
    callbacks,
    directs,
    flights,
    holding,
    mentions,
    names,
    rooms,
    rules,
    waiting,
)
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import DeleteMessage, EditMessage, MarkUnread, OpenDirect, PostMessage
from webchat.errors import Conflict, Forbidden, NotFound, Unavailable, sentence as _
from webchat.events import DirectPosted, Event, MessageDeleted, MessageEdited, MessagePosted, ReadMoved
from webchat.model import Actor, Guest, Membership, Message, Page, Room
from webchat.rules import Held, Verdict
from webchat.store import (
    Tx,
    mentions as stored_mentions,
    messages as stored,
    reports as stored_reports,
    rooms as stored_rooms,
    rules as stored_rules,
)

PAGE = 50
"""Messages on a page."""
HIDDEN = _("This message was reported, and waits for a moderator. It cannot be changed now.")
CONTINUES = 5 * 60 * 1000 - 1
"""How long, in milliseconds, an author's next message counts as more of the same: for less than five minutes."""


def post(tx: Tx, actor: Actor, command: PostMessage, html: str, verdict: Verdict | None = None) -> Done:
    """Put a message, whose body is ``html``, at the end of a room. The room of a welcome guest's first post is made.
    Raises Unjudged where the room's judge is to be asked for its ``verdict`` first."""
    if before := stored.posted(tx, actor.id, command.cid):
        return _again(actor, command, before)
    room, member, news = rooms.visible_or_made(tx, actor, command.room)
    need_to_post(actor, room, member)
    answered = _answered(tx, room, command.answers)
    if answered and (answered.deleted or answered.hidden):
        raise Conflict(_("What you answer is no longer there."))
    at = now()
    if room.ruled and (again := holding.again(tx, actor, command)):
        return again
    command, html = attachments.added(tx, actor, room, command, html)
    if room.ruled:
        if rules.judged(tx, actor, room, member, command.body, html, at, verdict):
            return holding.hold(tx, actor, room, command, html, at, verdict.reason if verdict else "")
        if rules.in_shadow(tx, actor, room, at):
            return _said_in_shadow(tx, actor, room, member, command, html, at)
    done = say(tx, actor, room, member, command, html, at)
    told = (*news, *done.events)
    if member is not None and not room.visitor:
        seq = next(event.message.seq for event in done.events if isinstance(event, MessagePosted))
        stored_rooms.note_read(tx, room.id, actor.id, seq)
        told += (ReadMoved(actor.id, room.id, seq),)
    return done._replace(events=told)


def begin(tx: Tx, actor: Actor, command: OpenDirect, html: str) -> Done:
    """Open a direct room, and put there what there is to say, which is ``html``. The answer is the room's slug."""
    opened = directs.open_(tx, actor, command)
    if not command.body:
        return opened
    said = post(tx, actor, PostMessage(str(opened.id), command.body, command.cid), html)
    return opened._replace(events=(*opened.events, *said.events), note=said.note)


def say(
    tx: Tx, actor: Actor, room: Room, member: Membership | None, said: PostMessage | Held, html: str, at: int
) -> Done:  # fmt: skip
    """Put at the end of a room what an author may say there."""
    attached, answered = attachments.find(tx, actor, room, html), _answered(tx, room, said.answers)
    named = mentions.find(tx, actor, room, member, attached.html)
    draft = Message(
        id=0,
        room=room.slug,
        seq=0,
        born=0,
        said=0,
        rev=0,
        author=actor.id,
        title=actor.title,
        body=said.body,
        html=named.html,
        at=at,
        cid=said.cid,
        guest=actor.key if isinstance(actor, Guest) else "",
        **answering(answered),
    )
    added = stored.add(tx, room.id, draft, CONTINUES)
    if added is None:  # stored by another process since we looked; asked again, it is answered
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))
    message = added.message
    attachments.keep(tx, attached, message.id)
    if added.heard:
        callbacks.tell(tx, actor, room, message)
    told: tuple[Event, ...] = (MessagePosted(message, room_id=room.id, shared=room.kind == "open"),)
    if named.users:
        told += mentions.moved(tx, room, message.seq, named.users)
    if room.visitor:
        told += waiting.said(tx, actor, room, message)
    elif room.kind == "direct":
        told += _addressed(tx, room, actor, message)
    if said.t is not None:
        told += flights.begun(tx, room, message, said)
    return Done(message.id, told, note=named.note)


def _said_in_shadow(
    tx: Tx, actor: Actor, room: Room, member: Membership | None, command: PostMessage, html: str, at: int
) -> Done:  # fmt: skip
    """Keep it from the room. To its author it looks as it would there, names and files too, though nobody is told."""
    stored_rules.uncount(tx, room.id, *holding.author(actor))
    named = mentions.find(tx, actor, room, member, attachments.find(tx, actor, room, html).html)
    return holding.shadow(tx, actor, room, command, named.html, at)._replace(note=named.note)


def edit(tx: Tx, actor: Actor, command: EditMessage, html: str, verdict: Verdict | None = None) -> Done:
    """Give one's own message another text, unless it has a newer one than its author saw. Raises as `post` does."""
    room, member, message = shown(tx, actor, command.message)
    if not access.owns(actor, message):
        raise Forbidden(_("Only its author may edit a message."))
    if message.deleted:
        raise Conflict(_("This message was deleted. It can no longer be edited."))
    if message.hidden:
        raise Conflict(HIDDEN)
    need_to_post(actor, room, member)
    if message.said != command.based:
        raise Conflict(_("This message was edited elsewhere in the meantime. Look at the new text and edit again."))
    if message.body == command.body:
        return Done(message.id)
    if not rules.is_in_time(tx, actor, room, message):
        raise Forbidden(_("This was written too long ago to be edited."))
    rules.judged_again(tx, actor, room, member, command.body, html, verdict)
    at, rev = now(), stored.touch(tx, room.slug)
    attached = attachments.find(tx, actor, room, html, message.id)
    named = mentions.find(tx, actor, room, member, attached.html)
    attachments.keep(tx, attached, message.id)
    attachments.let_go(tx, attached, message.id)
    stored.edit(tx, message, rev, command.body, named.html, at)
    changed = msgspec.structs.replace(message, body=command.body, html=named.html, edited=at, said=rev, rev=rev)
    told = mentions.moved(tx, room, message.seq, named.users)
    return Done(message.id, (MessageEdited(changed), *told), note=named.note)


def delete(tx: Tx, actor: Actor, command: DeleteMessage) -> Done:
    """Empty a message. For whoever could have done it, to ask for a deleted one is done already."""
    room, member, message = shown(tx, actor, command.message)
    if message.deleted and (access.owns(actor, message) or access.may("delete-message", actor, room, member)):
        return Done(message.id)
    if not access.may("delete-message", actor, room, member, message):
        raise Forbidden(_("You may not delete this message."))
    if not access.owns(actor, message):
        acts.note(tx, actor, room, command, message.title)
    return Done(message.id, emptied(tx, room, message))


def emptied(tx: Tx, room: Room, message: Message) -> tuple[Event, ...]:
    """Leave nothing of a message but its place; what happened."""
    at, rev = now(), stored.touch(tx, room.slug)
    stored.delete(tx, message, rev, at)
    stored_rooms.unpin(tx, room.id, message.id)
    if room.ruled:
        stored_rules.uncount(tx, room.id, message.author, message.guest)
    told = holding.told(tx, room, settled=message.id) if stored_reports.drop(tx, message.id) else ()
    gone = msgspec.structs.replace(message, body="", html="", hidden=0, deleted=at, said=rev, rev=rev, reactions=())
    told += mentions.moved(tx, room, message.seq, frozenset()) + flights.ended(tx, room, message)
    return (MessageDeleted(gone), *told)


def mark_unread(tx: Tx, actor: Actor, command: MarkUnread) -> Done:
    """Move one's read cursor back to before a message; without a membership there is none to move."""
    room, member, message = shown(tx, actor, command.message)
    if member is None or member.read < message.seq:
        return Done(message.id)
    stored_rooms.mark_unread(tx, room.id, actor.id, message.seq - 1)
    count = stored_mentions.unread(tx, room.id, actor.id) or 0
    return Done(message.id, (ReadMoved(actor.id, room.id, message.seq - 1, count, back=True),))


def find(tx: Tx, actor: Actor, slug: str, seq: int) -> tuple[Room, Membership | None, Message]:
    """The message at a place of a room that the actor may see. Raises NotFound."""
    room, member = rooms.visible(tx, actor, slug)
    message = stored.by_seq(tx, room.id, seq)
    if message is None:
        raise NotFound(_("There is no such message."))
    return room, member, message


def need_to_post(actor: Actor, room: Room, member: Membership | None) -> None:
    """Raises Forbidden, saying why, for who may not say anything in a room."""
    if access.may("post-message", actor, room, member):
        return
    if room.archived:
        raise Forbidden(_("This room is archived. It can be read, but nothing changes in it any more."))
    if isinstance(actor, Guest):
        raise Forbidden(_("Guests may only read here. Sign in to write."))
    if member or room.posting == "moderators":
        raise Forbidden(_("Only moderators write in this room."))
    raise Forbidden(_("Join this room to write in it."))


def last_page(tx: Tx, room: Room) -> Page:
    """The newest messages."""
    return _page(tx, room, room.seq - PAGE + 1, room.seq)


def first_page(tx: Tx, room: Room, member: Membership | None) -> Page:
    """Where a room opens: about a member's first unread message, or at the newest messages if that is among them."""
    if member and room.seq - member.read > PAGE:
        return page_around(tx, room, member.read + 1)
    return last_page(tx, room)


def page_before(tx: Tx, room: Room, seq: int) -> Page:
    """The messages just before ``seq``."""
    return _page(tx, room, seq - PAGE, seq - 1)


def page_after(tx: Tx, room: Room, seq: int) -> Page:
    """The messages just after ``seq``."""
    return _page(tx, room, seq + 1, seq + PAGE)


def page_around(tx: Tx, room: Room, seq: int) -> Page:
    """The messages about ``seq``."""
    return _page(tx, room, seq - PAGE // 2, seq + PAGE // 2)


def run(tx: Tx, room: Room, before: int | None, after: int | None, limit: int) -> Page:
    """At most ``limit`` messages just before or after a seq; with neither, the newest."""
    if after is not None:
        return _page(tx, room, after + 1, after + limit)
    before = room.seq + 1 if before is None else before
    return _page(tx, room, before - limit, before - 1)


def _page(tx: Tx, room: Room, low: int, high: int) -> Page:
    low, high = max(1, low), min(high, room.seq)
    found = stored.between(tx, room.id, low, high) if low <= high else []
    return Page(tuple(found), room.rev, earlier=low > 1, later=high < room.seq)


def shown(tx: Tx, actor: Actor, message_id: int) -> tuple[Room, Membership | None, Message]:
    """A message that the actor may see, and where. Raises NotFound."""
    message = stored.by_id(tx, message_id)
    found = stored_rooms.with_membership(tx, message.room, actor.id) if message else None
    if message and found and access.may_see(actor, *found):
        return *found, message
    raise NotFound(_("There is no such message."))


def answering(message: Message | None) -> dict[str, Any]:
    """What a message says of the one that it answers."""
    if message is None:
        return {}
    return {"answers": message.seq, "root": message.root or message.seq, "answered": message.title}


def _answered(tx: Tx, room: Room, message_id: int | None) -> Message | None:
    """The message of a room that is answered, if any is. Raises NotFound."""
    message = stored.by_id(tx, message_id) if message_id else None
    if message_id and (message is None or message.room != room.slug):
        raise NotFound(_("There is no such message."))
    return message


def _addressed(tx: Tx, room: Room, actor: Actor, message: Message) -> tuple[Event, ...]:
    """Who was written to: the others in a direct room, or oneself in one's own."""
    link = stored_rooms.link(tx, room.id, actor.id)
    people = link.others if link else ()
    return tuple(DirectPosted(one.id, one.name, actor.title, message.body, message.id) for one in people)


def _again(actor: Actor, command: PostMessage, before: tuple[int, str, str]) -> Done:
    message_id, guest, room = before
    if room != names.folded(command.room) or (isinstance(actor, Guest) and guest != actor.key):
        raise Conflict(_("Something else was sent under this number before. Reload the page and try again."))
    return Done(message_id)
