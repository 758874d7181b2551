"""What may be asked about the support windows of sites, and in the conversations there."""

from typing import Annotated

import msgspec

from webchat.commands.fields import Body, Cid, Place, Slug
from webchat.support import Prechat

Text = Annotated[str, msgspec.Meta(max_length=500)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Based = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Tags = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=40)], ...], msgspec.Meta(max_length=10)]


class SetSupport(msgspec.Struct, frozen=True):
    """Set up a site's support window; what is left out stays."""

    site: Slug
    cid: Cid
    enabled: bool | None = None
    prechat: Prechat | None = None
    hours: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    zone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    away: Text | None = None
    greeting: Text | None = None


class AddAgent(msgspec.Struct, frozen=True):
    """Let somebody answer in a site's support window."""

    site: Slug
    user: Slug
    cid: Cid


class RemoveAgent(msgspec.Struct, frozen=True):
    """Let somebody answer there no more."""

    site: Slug
    user: Slug
    cid: Cid


class PutAnswer(msgspec.Struct, frozen=True):
    """Have a text ready for a site's conversations, or another one under the same key."""

    site: Slug
    key: Key
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    cid: Cid


class RemoveAnswer(msgspec.Struct, frozen=True):
    """Have it ready no more."""

    site: Slug
    key: Key
    cid: Cid


class BeginConversation(msgspec.Struct, frozen=True):
    """Say the first thing to the agents of a site, or more while that conversation goes on.

    ``page`` is where that is said, and ``lang`` the language to write letters in.
    """

    site: Slug
    body: Body
    cid: Cid
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    page: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    lang: Annotated[str, msgspec.Meta(max_length=16)] = ""


class AssignConversation(msgspec.Struct, frozen=True):
    """Give a conversation to an agent, or with no ``user`` to nobody. ``based`` is who had it when its asker looked,
    empty for nobody; left out, nobody's being faster matters."""

    room: Place
    cid: Cid
    user: Annotated[str, msgspec.Meta(max_length=64)] = ""
    based: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class ResolveConversation(msgspec.Struct, frozen=True):
    """Bring a conversation to its end. What its visitor says afterwards goes on with it. ``based`` is how many messages
    it had when its asker looked; left out, nobody's being faster matters."""

    room: Place
    cid: Cid
    based: Based | None = None


class SnoozeConversation(msgspec.Struct, frozen=True):
    """Put a conversation off for so many minutes, or until its visitor says something. ``based`` is as in
    `ResolveConversation`."""

    room: Place
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60 * 24 * 90)]
    cid: Cid
    based: Based | None = None


class ReopenConversation(msgspec.Struct, frozen=True):
    """Go on with a conversation that was put off, or was at its end."""

    room: Place
    cid: Cid


class TagConversation(msgspec.Struct, frozen=True):
    """Give a conversation exactly these tags."""

    room: Place
    cid: Cid
    tags: Tags = ()


class RateConversation(msgspec.Struct, frozen=True):
    """Say as its visitor how good a conversation was, from 1 to 5, and perhaps why."""

    room: Place
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    cid: Cid
    word: Text = ""
