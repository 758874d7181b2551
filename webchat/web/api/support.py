"""The API's support windows: how a site's is set up, who answers there, and the conversations with its visitors."""

from typing import Annotated, Literal

import msgspec

from webchat import commands as c, support as model
from webchat.chat import conversations, names, sites, support
from webchat.errors import Forbidden, sentence as _
from webchat.model import Site
from webchat.store import Tx, agents, conversations as stored, support as stored_support, users as stored_users
from webchat.support import Prechat, Status
from webchat.web.api import views
from webchat.web.api.endpoint import Ask, Paged, does, need_admin, shows


class Window(msgspec.Struct, frozen=True):
    """How a support window is set up, and whether it is within its hours now."""

    site: str
    enabled: bool
    prechat: Prechat
    hours: str
    zone: str
    away: str
    greeting: str
    is_open: bool


class AgentList(msgspec.Struct, frozen=True):
    """Those who answer there, admins too, by age."""

    users: list[views.User]


class Answer(msgspec.Struct, frozen=True):
    """A text that agents have ready."""

    key: str
    text: str


class AnswerList(msgspec.Struct, frozen=True):
    """All of them, by key."""

    answers: list[Answer]


class Begun(msgspec.Struct, frozen=True):
    """Where a conversation goes on: its messages are those of this room."""

    room: str


class Conversation(msgspec.Struct, frozen=True):
    """A conversation. ``room`` has its messages, ``notes`` those of the agents alone. ``assignee`` is the name of who
    has it, or empty; ``waiting`` is when what is not answered was said first, or 0; ``rating`` is 1 to 5, or 0."""

    id: int
    site: str
    room: str
    notes: str
    name: str
    email: str
    page: str
    status: Status
    snoozed: int
    assignee: str
    waiting: int
    tags: tuple[str, ...]
    rating: int
    word: str
    created: int
    changed: int
    messages: int


class ConversationList(msgspec.Struct, frozen=True):
    """Conversations, who waits longest first. ``next`` is the ``after`` of the next page, null at the end."""

    conversations: list[Conversation]
    next: str | None


class ConversationQuery(Paged, frozen=True, forbid_unknown_fields=True):
    """``assignee`` is a name, or ``nobody``; what is empty is any."""

    site: Annotated[str, msgspec.Meta(max_length=64)] = ""
    status: Literal["", "open", "snoozed", "resolved"] = ""
    assignee: Annotated[str, msgspec.Meta(max_length=64)] = ""
    tag: Annotated[str, msgspec.Meta(max_length=40)] = ""


def window(ask: Ask, tx: Tx) -> Window:
    """How the window of a site is set up."""
    need_admin(ask)
    site = _site(ask, tx)
    found = support.settings(tx, site)
    return Window(**msgspec.structs.asdict(found), site=site.name, is_open=support.frame(tx, site).is_open)


def answering(ask: Ask, tx: Tx) -> AgentList:
    """Who answers there."""
    return AgentList([views.user(one) for one in agents.everybody(tx, _answered(ask, tx).id)])


def ready(ask: Ask, tx: Tx) -> AnswerList:
    """What they have ready."""
    return AnswerList([Answer(one.key, one.text) for one in stored_support.answers(tx, _answered(ask, tx).id)])


def begun(ask: Ask, _tx: Tx) -> Begun:
    """Where it goes on."""
    return Begun(str(ask.done.id))


def listed(ask: Ask, tx: Tx) -> ConversationList:
    """The conversations of the sites where the account answers."""
    query, offset = ask.query, ask.query.number
    at, name, tag = map(names.folded, (query.site, query.assignee, query.tag.removeprefix("#")))
    of = [site.id for site in agents.sites(tx, ask.actor.id) if at in ("", site.name)]
    holder = stored_users.by_name(tx, name) if name not in ("", "nobody") else None
    assignee = {"": None, "nobody": 0}.get(name, holder.id if holder else -1)
    found = stored.listed(tx, of, query.status, assignee, tag, query.limit + 1, offset)
    shown = [_conversation(one) for one in found[: query.limit]]
    return ConversationList(shown, str(offset + query.limit) if len(found) > query.limit else None)


def one(ask: Ask, tx: Tx) -> Conversation:
    """The conversation of the path."""
    return _conversation(conversations.numbered(tx, ask.actor, ask.path["conversation"])[1])


def after(ask: Ask, tx: Tx) -> Conversation:
    """The conversation that something was done about, as it is now."""
    return _conversation(conversations.found(tx, ask.actor, str(ask.done.id))[2])


def _site(ask: Ask, tx: Tx) -> Site:
    return sites.found(tx, ask.path["site"])


def _answered(ask: Ask, tx: Tx) -> Site:
    """The site of the path, for who answers there. Raises Forbidden."""
    site = _site(ask, tx)
    if not agents.is_one(tx, site.id, ask.actor.id):
        raise Forbidden(support.AGENTS_ONLY)
    return site


def _conversation(one: model.Conversation) -> Conversation:
    return Conversation(
        one.id, one.site_name, one.room, one.notes, one.name, one.email, one.page, one.status, one.snoozed,
        one.assignee.name if one.assignee else "", one.waiting, one.tags, one.rating, one.word, one.created,
        one.changed, one.length,
    )  # fmt: skip


OF_SITE = "/sites/{site}"
OF_ROOM = "/conversations/{room}"
ENDPOINTS = (
    shows(OF_SITE + "/support", _("Look at a site's support window"), window, needs="admin"),
    does("PATCH", OF_SITE + "/support", _("Set up a site's support window"), c.SetSupport, window),
    shows(OF_SITE + "/agents", _("List who answers at a site"), answering),
    does("PUT", OF_SITE + "/agents/{user}", _("Let somebody answer at a site"), c.AddAgent),
    does("DELETE", OF_SITE + "/agents/{user}", _("Stop somebody from answering at a site"), c.RemoveAgent),
    shows(OF_SITE + "/answers", _("List what agents of a site have ready to say"), ready),
    does("PUT", OF_SITE + "/answers/{key}", _("Have a text ready to say"), c.PutAnswer),
    does("DELETE", OF_SITE + "/answers/{key}", _("Remove a text that is ready to say"), c.RemoveAnswer),
    does(
        "POST", OF_SITE + "/conversations", _("Say something to the agents of a site"), c.BeginConversation, begun, 201
    ),
    shows("/conversations", _("List conversations with visitors"), listed, ConversationQuery),
    shows("/conversations/{conversation:number}", _("Look at a conversation"), one),
    does("PUT", OF_ROOM + "/assignee", _("Give a conversation to somebody"), c.AssignConversation, after),
    does("POST", OF_ROOM + "/resolve", _("Mark a conversation as done"), c.ResolveConversation, after),
    does("POST", OF_ROOM + "/snooze", _("Put a conversation off"), c.SnoozeConversation, after),
    does("POST", OF_ROOM + "/reopen", _("Go on with a conversation"), c.ReopenConversation, after),
    does("PUT", OF_ROOM + "/tags", _("Give a conversation tags"), c.TagConversation, after),
    does("PUT", OF_ROOM + "/rating", _("Rate a conversation, as its visitor"), c.RateConversation),
)
