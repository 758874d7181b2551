"""The API's messages: to read a room, to say something in it, and to change what was said."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from webchat import commands as c
from webchat.chat import messages, repair, rooms
from webchat.commands.fields import Count
from webchat.errors import NotFound, sentence as _
from webchat.model import Page
from webchat.positions import Position, parse
from webchat.store import Tx, held, messages as stored
from webchat.web.api import views
from webchat.web.api.endpoint import Ask, does, shows

LIMIT = Annotated[int, msgspec.Meta(ge=1, le=messages.PAGE)]


class MessageQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to read: ``since`` a position, or ``before`` or ``after`` a message's seq; without these, the newest."""

    since: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    before: Count | UnsetType = UNSET
    after: Count | UnsetType = UNSET
    limit: LIMIT = messages.PAGE

    def __post_init__(self) -> None:
        """Raises ValueError, which msgspec makes its own, for more than one place."""
        if sum(value is not UNSET for value in (self.since, self.before, self.after)) > 1:
            raise ValueError("more than one place - at `$.since`")


def listed(ask: Ask, tx: Tx) -> views.MessageList:
    """A run of messages; with ``since`` the present state of each that changed after it, in the order of changes."""
    room, _member = rooms.visible(tx, ask.actor, ask.path["room"])
    query, head = ask.query, str(Position(ask.at.store.epoch, room.rev))
    if query.since is not UNSET:
        position = parse(query.since)
        rev = position.rev if position and position.epoch == ask.at.store.epoch else None
        found = repair.since(tx, room.slug, rev, None)
        if found.changes is not None:
            return views.MessageList(views.messages(tx, found.changes), head, False, False, False)
    before, after = (None if seq is UNSET else seq for seq in (query.before, query.after))
    page = messages.run(tx, room, before, after, query.limit)
    return _page(tx, page, head, query.since is not UNSET)


def one(ask: Ask, tx: Tx) -> views.Message:
    """The message of the path, or the one that was just posted; one that waits for a moderator is none yet."""
    if ask.done.id == 0:
        actor = ask.actor
        by = views.Author(actor.id, actor.name, actor.title)
        if ask.done.note is None and (said := _in_shadow(tx, ask)):
            return said
        return views.Message(0, ask.path["room"], 0, by, "", "", 0, 0, 0, 0, [])
    message = stored.by_id(tx, ask.path["message"] if "message" in ask.path else int(ask.done.id))
    if message is None:
        raise NotFound(_("There is no such message."))
    rooms.visible(tx, ask.actor, message.room)
    return views.messages(tx, [message])[0]


def _in_shadow(tx: Tx, ask: Ask) -> views.Message | None:
    """What its author believes posted, as they see it."""
    room, actor = rooms.visible(tx, ask.actor, ask.path["room"])[0], ask.actor
    found = [one for one in held.of(tx, room.id, actor.id, "") if one.shadow]
    if not found:
        return None
    said, by = found[-1], views.Author(actor.id, actor.name, actor.title)
    return views.Message(said.id, room.slug, room.seq + 1, by, said.body, said.html, said.at, 0, 0, room.rev + 1, [])


def _page(tx: Tx, page: Page, head: str, reset: bool) -> views.MessageList:
    return views.MessageList(views.messages(tx, page.messages), head, reset, page.earlier, page.later)


ENDPOINTS = (
    shows("/rooms/{room}/messages", _("Read a room"), listed, MessageQuery),
    does("POST", "/rooms/{room}/messages", _("Say something in a room"), c.PostMessage, one, 201),
    shows("/messages/{message:number}", _("Look at a message"), one),
    does("PATCH", "/messages/{message:number}", _("Edit a message"), c.EditMessage, one),
    does("DELETE", "/messages/{message:number}", _("Take a message back"), c.DeleteMessage),
    does("PUT", "/messages/{message:number}/reactions/{emoji}", _("Put an emoji under a message"), c.AddReaction),
    does("DELETE", "/messages/{message:number}/reactions/{emoji}", _("Take an emoji away again"), c.RemoveReaction),
    does("PUT", "/messages/{message:number}/report", _("Say that something is wrong with a message"), c.ReportMessage),
    does("PUT", "/messages/{message:number}/kept", _("Let a reported message stand"), c.KeepMessage),
    does("PUT", "/messages/{message:number}/pin", _("Show a message above the list"), c.PinMessage),
    does("DELETE", "/messages/{message:number}/pin", _("Stop showing it there"), c.UnpinMessage),
    does("PUT", "/messages/{message:number}/unread", _("Mark a message as unread"), c.MarkUnread),
)
