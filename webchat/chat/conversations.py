"""Conversations of the visitors of a site with its agents: begun by what a visitor says, looked after by the agents.

Each is a direct room that nobody is a member of: who its visitor is stands in the room, and who answers is asked of the
site. The agents' notes are in a room of their own, so that nothing of them is ever told where the visitor listens.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from webchat.chat import access, attachments, messages, names, rooms, sites, support, waiting
from webchat.chat.clock import MINUTE, now
from webchat.chat.done import Done
from webchat.commands import (
    AddAgent,
    AssignConversation,
    BeginConversation,
    PostMessage,
    PutAnswer,
    RateConversation,
    RemoveAgent,
    RemoveAnswer,
    ReopenConversation,
    ResolveConversation,
    SetSupport,
    SnoozeConversation,
    TagConversation,
)
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded, TooFast, sentence as _
from webchat.events import Event
from webchat.model import Actor, Guest, Membership, Person, Room, Site, User
from webchat.settings import MAIL_ADDRESS
from webchat.store import (
    Tx,
    agents,
    conversations as stored,
    jobs,
    messages as stored_messages,
    meta,
    rooms as stored_rooms,
    users,
)
from webchat.support import NOBODY, Conversation, ConversationChanged, Status, StatusChanged

JOB = "support"
MOST = 100_000
"""Conversations that a site may have."""
SHOWN = 50
"""Conversations of a visitor that are shown."""
TRANSCRIPT = 2_000
"""The most messages that a transcript has, the newest."""
NOT_THERE = _("There is no such conversation, or it is not yours.")
VISITOR_ONLY = _("Only the visitor of this conversation may do this.")


def begin(tx: Tx, actor: Actor, command: BeginConversation, html: str) -> Done:
    """Say something to the agents of a site, in the conversation that goes on or in a new one; its room."""
    site = sites.found(tx, command.site)
    if not support.settings(tx, site).enabled:
        raise NotFound(_("This site has no support window."))
    if isinstance(actor, Guest) and actor.site not in (0, site.id):
        raise SignInNeeded(_("Come in through the support window of the site."))
    if not access.may("begin-conversation", actor):
        raise Forbidden(_("Programs have no conversations with support."))
    one = current(tx, actor, site)
    slug = one.room if one else _made(tx, actor, site, command)
    return messages.post(tx, actor, PostMessage(slug, command.body, command.cid), html)._replace(id=slug)


def assign(tx: Tx, actor: Actor, command: AssignConversation) -> Done:
    """Give a conversation to an agent, or to nobody. Of two who take it at once the first has it."""
    _agent, one = _looked_after(tx, actor, "assign-conversation", command.room)
    wanted, has = names.folded(command.user), one.assignee.name if one.assignee else ""
    if wanted == has:
        return Done(one.room)
    if command.based is not None and names.folded(command.based) != has:
        if one.assignee is None:
            raise Conflict(_("Nobody has it any more. Look at it again."))
        raise Conflict(_("%(name)s has taken it in the meantime."), name=one.assignee.title)
    user = users.by_name(tx, wanted) if wanted else None
    if wanted and (user is None or not agents.is_one(tx, one.site, user.id)):
        raise NotFound(_("%(name)s does not answer there."), name=command.user)
    stored.change(tx, replace(one, assignee=user and Person(user.id, user.name, user.title)))
    at, events = now(), []
    if user and user.id != actor.id:
        events = list(waiting.told(tx, one, [user], one.last, at))
    if user:
        events += waiting.over(tx, one, at, but=user.id)
    return Done(one.room, (_changed(one), *events))


def resolve(tx: Tx, actor: Actor, command: ResolveConversation) -> Done:
    """Bring it to its end."""
    _agent, one = _looked_after(tx, actor, "resolve-conversation", command.room)
    _need_heard(tx, one, command.based)
    return Done(one.room, _become(tx, one, "resolved"))


def snooze(tx: Tx, actor: Actor, command: SnoozeConversation) -> Done:
    """Put it off."""
    _agent, one = _looked_after(tx, actor, "snooze-conversation", command.room)
    _need_heard(tx, one, command.based)
    until = now() + command.minutes * MINUTE
    jobs.hasten(tx, JOB, until)
    return Done(one.room, _become(tx, one, "snoozed", until))


def reopen(tx: Tx, actor: Actor, command: ReopenConversation) -> Done:
    """Go on with it."""
    _agent, one = _looked_after(tx, actor, "reopen-conversation", command.room)
    return Done(one.room, _become(tx, one, "open"))


def tag(tx: Tx, actor: Actor, command: TagConversation) -> Done:
    """Give it tags."""
    _agent, one = _looked_after(tx, actor, "tag-conversation", command.room)
    tags = tuple(dict.fromkeys(names.folded(text.removeprefix("#")) for text in command.tags))
    if not all(map(names.is_slug, tags)):
        raise Malformed(_("A tag may have letters, digits, _ and -."))
    if tags == one.tags:
        return Done(one.room)
    stored.change(tx, replace(one, tags=tags))
    return Done(one.room, (_changed(one),))


def rate(tx: Tx, actor: Actor, command: RateConversation) -> Done:
    """Say as its visitor how good it was; another time says it anew."""
    room, _member, one = found(tx, actor, command.room)
    if not access.may("rate-conversation", actor, room):
        raise Forbidden(VISITOR_ONLY)
    stored.change(tx, replace(one, rating=command.rating, word=" ".join(command.word.split())))
    return Done(one.room, (_changed(one),))


def come_due(tx: Tx, at: int) -> list[Event]:
    """Bring back what was put off until now."""
    events: list[Event] = []
    for one in stored.awake(tx, at):
        events += _become(tx, one, "open")
        holder = [users.by_id(tx, one.assignee.id)] if one.assignee else agents.everybody(tx, one.site)
        events += waiting.told(tx, one, [user for user in holder if user], one.last, at)
    return events


def forget(tx: Tx, visitor: str, name: str) -> list[Event]:
    """End what somebody asked, who is nobody from now on and called otherwise; agents keep what they wrote there."""
    events: list[Event] = []
    for one in stored.of_visitor(tx, visitor):
        stored.disown(tx, one, f"-{one.id}", name)
        blank = replace(one, name=name, email="", rating=0, word="")
        told = _become(tx, blank, "resolved") or (_changed(one),)
        events += *told, *waiting.over_for_all(tx, one, now())
    if events:
        meta.revoke(tx)
    return events


def current(tx: Tx, actor: Actor, site: Site) -> Conversation | None:
    """The one that a visitor goes on with."""
    return next((one for one in history(tx, actor, site) if one.status != "resolved"), None)


def history(tx: Tx, actor: Actor, site: Site, limit: int = SHOWN) -> list[Conversation]:
    """Those of a visitor, the newest first."""
    return stored.of(tx, site.id, access.identity(actor), limit)


def found(tx: Tx, actor: Actor, slug: str) -> tuple[Room, Membership | None, Conversation]:
    """The conversation in a room, for its visitor and for who answers there. Raises NotFound."""
    room, member = rooms.visible(tx, actor, slug)
    if room.visitor in ("", NOBODY):
        raise NotFound(NOT_THERE)
    return room, member, waiting.found(tx, room)


def numbered(tx: Tx, actor: Actor, number: int) -> tuple[Room, Conversation]:
    """The conversation with a number, for who answers there. Raises NotFound."""
    one = stored.by_id(tx, number) if number < 2**53 else None
    if one is None or not agents.is_one(tx, one.site, actor.id):
        raise NotFound(NOT_THERE)
    return found(tx, actor, one.room)[0], one


def transcript(tx: Tx, one: Conversation) -> str:
    """What was said in it, as text."""
    said = stored_messages.between(tx, one.room_id, max(1, one.length - TRANSCRIPT + 1), one.length)
    return "".join(f"[{_time(m.at)}] {m.title}: {attachments.plain(m.body)}\n" for m in said if not m.deleted)


def _made(tx: Tx, actor: Actor, site: Site, command: BeginConversation) -> str:
    """Make the rooms of a new one; the slug of the first."""
    vouched = isinstance(actor, Guest) and actor.vouched  # whose site said both
    email = (actor.email if isinstance(actor, Guest) else "") or command.email.strip()
    if email and not MAIL_ADDRESS.fullmatch(email):
        raise Malformed(_("This is not an e-mail address. Write one such as ann@example.org."))
    name = actor.title if vouched else " ".join(command.name.split())
    if support.frame(tx, site).asks and not (name and email):
        raise Malformed(_("Say who you are: your name and your e-mail address."))
    if stored.how_many(tx, site.id) >= MOST:
        raise TooFast(_("This site has too many conversations already."))
    slug, at, visitor = f"{site.name}.~{secrets.token_hex(8)}", now(), access.identity(actor)
    name = name or actor.title
    draft = Room(0, slug, name, "", "direct", "none", 0, 0, site=site.id, visitor=visitor)
    room, notes = _drawn(tx, draft, at), _drawn(tx, replace(draft, slug=f"{slug}~", visitor=NOBODY), at)
    stored.add(tx, site.id, room.id, notes.id, visitor, (name, email, _page(site, command.page), command.lang), at)
    return slug


def _drawn(tx: Tx, draft: Room, at: int) -> Room:
    room = stored_rooms.add(tx, draft, at)
    assert room, "nobody else has drawn this number"
    return room


def _page(site: Site, url: str) -> str:
    """Where it began, if that is a page of the site; without what stands behind its path."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if f"{parts.scheme}://{parts.netloc}" in site.origins else ""


def _looked_after(tx: Tx, actor: Actor, what: str, slug: str) -> tuple[User, Conversation]:
    """The conversation in a room, for who answers there. Raises the Refused that says why not."""
    room, member, one = found(tx, actor, slug)
    user = access.account(actor)
    if not access.may(what, user, room, member):
        raise Forbidden(support.AGENTS_ONLY)
    return user, one


def _need_heard(tx: Tx, one: Conversation, based: int | None) -> None:
    """Raises Conflict for who has not seen the visitor's newest message."""
    if based is not None and stored.wrote_after(tx, one, based):
        raise Conflict(_("The visitor has written something in the meantime. Look at it first."))


def _become(tx: Tx, one: Conversation, status: Status, until: int = 0) -> tuple[Event, ...]:
    if (one.status, one.snoozed) == (status, until):
        return ()
    waits = 0 if status == "resolved" else one.waiting
    stored.change(tx, replace(one, status=status, snoozed=until, waiting=waits))
    events = waiting.over(tx, one, now()) if status != "open" else []
    told = (StatusChanged(one.room, status),) if status != one.status else ()
    return (*told, _changed(one), *events)


def _changed(one: Conversation) -> ConversationChanged:
    return ConversationChanged(one.site, one.id)


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


VERBS: Mapping[type[Any], Callable[..., Done]] = {
    SetSupport: support.set_,
    AddAgent: support.add_agent,
    RemoveAgent: support.remove_agent,
    PutAnswer: support.put_answer,
    RemoveAnswer: support.remove_answer,
    BeginConversation: begin,
    AssignConversation: assign,
    ResolveConversation: resolve,
    SnoozeConversation: snooze,
    ReopenConversation: reopen,
    TagConversation: tag,
    RateConversation: rate,
}
"""What is asked about support windows, and its verbs."""
RECEIPTS = (RemoveAgent, RemoveAnswer, BeginConversation, AssignConversation, SnoozeConversation)
"""Those that keep a receipt."""
