"""The nouns of a site's support window, and what happened in it. Times are milliseconds since 1970, UTC."""

from typing import Literal

import msgspec

from webchat import topics
from webchat.model import Person
from webchat.topics import Topic

Prechat = Literal["never", "away", "always"]
"""When a visitor is asked for a name and an address before the first message: never, while nobody works, or always."""
Status = Literal["open", "snoozed", "resolved"]
NOBODY = "@"
"""Who is with the agents in the room of their notes."""


class Support(msgspec.Struct, frozen=True):
    """How a site's support window is set up.

    ``hours`` are the business hours as they are written, in the time of ``zone``; without any it is always open.
    Visitors read ``greeting``, and ``away`` outside of the hours.
    """

    enabled: bool = False
    prechat: Prechat = "away"
    hours: str = ""
    zone: str = "UTC"
    away: str = ""
    greeting: str = ""


class Answer(msgspec.Struct, frozen=True):
    """A text that agents of a site have ready, inserted by ``/`` and its key."""

    key: str
    text: str


class Conversation(msgspec.Struct, frozen=True):
    """What one visitor of a site and its agents say to each other.

    ``room`` and ``notes`` are the slugs of its rooms, of which the second is the agents' alone. ``visitor`` is who the
    visitor is: a guest's key, or ``@`` and a user's id. ``name``, ``email`` and the ``page`` where it began are what
    the visitor's browser said. ``waiting`` is when what is not answered was said first, 0 if all is answered. ``seen``
    and ``answered`` are the places in the room up to which the visitor and the agents have seen it.
    """

    id: int
    site: int
    site_name: str
    room: str
    notes: str
    visitor: str
    name: str
    email: str
    page: str
    lang: str
    status: Status
    snoozed: int
    assignee: Person | None
    waiting: int
    tags: tuple[str, ...]
    rating: int
    word: str
    created: int
    changed: int
    seen: int
    answered: int
    mailed: int
    room_id: int
    notes_id: int
    length: int
    """How many messages it has."""
    last: str
    """The newest one's text."""


class ConversationChanged(msgspec.Struct, frozen=True, tag=True):
    """Something of a conversation is otherwise, and perhaps its place in the agents' inboxes: each asks for its own."""

    site: int
    id: int

    @property
    def topic(self) -> Topic:
        """The agents of the site."""
        return topics.support(self.site)


class StatusChanged(msgspec.Struct, frozen=True, tag=True):
    """The conversation in the room ``slug`` goes on, is put off, or is at its end."""

    slug: str
    status: Status

    @property
    def topic(self) -> Topic:
        """The visitor and the agents who look at it."""
        return topics.room(self.slug)


class SeenMoved(msgspec.Struct, frozen=True, tag=True):
    """Up to which places in the room ``slug`` its visitor and the agents have seen it."""

    slug: str
    seen: int
    answered: int

    @property
    def topic(self) -> Topic:
        """The visitor and the agents who look at it."""
        return topics.room(self.slug)


SupportEvent = ConversationChanged | StatusChanged | SeenMoved
