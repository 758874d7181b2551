"""Everything that can be heard, drawn for each view: fragments for pages, and the plain words of everybody else.

A view is a surface and, where it has words of ours, a language: ``room.en``. Those of plain doors have none: ``text``
(what was typed), ``json`` (the same with its author), ``user`` (what is said to one person) and ``data`` (all that
happens in a room, for programs).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from webchat import events
from webchat.broker.frames import at as at_text
from webchat.model import Message, Page
from webchat.notified import NoticeEvent
from webchat.web.data import data_of
from webchat.web.render import Renderer, iso

_encode = msgspec.json.Encoder().encode

Draw = Callable[[Message], str]


def said(message: Message) -> dict[str, Any]:
    """A message as the JSON door gives it."""
    return {"message": message.body, "user": message.title, "id": message.id}


def described(message: Message) -> dict[str, Any]:
    """A message as programs are given it: all of its present state."""
    return {
        "id": message.id,
        "room": message.room,
        "seq": message.seq,
        "user": message.title,
        "body": message.body,
        "html": message.html,
        "at": iso(message.at),
        "edited": bool(message.edited),
        "deleted": bool(message.deleted),
        "hidden": bool(message.hidden),
        "reactions": {reaction.emoji: list(reaction.names) for reaction in message.reactions},
        "votes": message.votes,
        "answers": message.answers or None,
    }


ONLY_POSTS: Mapping[str, Draw] = {"text": lambda message: message.body, "json": lambda message: _json(said(message))}
"""The views that are told what is said, one text a message, and nothing else."""


NOTICES = "notices"
"""The surface of those who follow what one user is told. They read it from the store."""
LOOK = "look"
"""What they are told when there is something to read."""
KEEPALIVE = '{"keepalive":true}'
PLAIN = frozenset({*ONLY_POSTS, "user", NOTICES})
"""The surfaces of those who have no page, and keep no position in a room."""


def in_languages(surface: str) -> bool:
    """Whether there is one view of a surface for each language."""
    return surface not in PLAIN and surface != "data"


class Views:
    """What the broker draws with. HTML is the renderer's."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def changes(self, view: str, messages: Sequence[Message], since: int) -> tuple[str, ...]:
        """What a reader who has seen everything up to ``since`` needs of these messages."""
        if (draw := ONLY_POSTS.get(view)) is not None:
            new = sorted((m for m in messages if m.born > since and not (m.deleted or m.hidden)), key=lambda m: m.seq)
            return tuple([draw(message) for message in new])
        if view == "data":
            return tuple([_json({_change(message, since): described(message)}) for message in messages])
        return (self._renderer.changes(view, messages, since),)

    def reset(self, view: str, room: str, page: Page) -> tuple[str, ...]:
        """The list anew, for a reader who was away too long. A plain door has no list: it tells what comes next."""
        if view == "data":
            return (_json({"reset": [described(message) for message in page.messages]}),)
        return () if view in PLAIN else (self._renderer.reset(view, room, page),)

    def news(self, view: str, event: events.Event) -> tuple[str, ...]:
        """The texts for an event without position; none if this view does not show it."""
        match event:
            case _ if view == NOTICES:
                return (LOOK,) if isinstance(event, NoticeEvent) else ()
            case events.DirectPosted() | events.GuestAddressed() if view == "user":
                told = {"to_user": event.name, "message": event.body, "user": event.title}
                return (_json(told | {"id": event.message} if isinstance(event, events.DirectPosted) else told),)
            case _ if view == "data":
                return (_json(data),) if (data := data_of(event)) else ()
        return () if view in PLAIN else self._renderer.news(view, event)

    def at(self, view: str, position: str) -> tuple[str, ...]:
        """Where a reader stands, for those who may come back to it."""
        if view == NOTICES:
            return (KEEPALIVE,)
        return () if view in PLAIN else (at_text(position),)


def _change(message: Message, since: int) -> str:
    """What happened to a message, for who has seen everything up to ``since``."""
    if message.deleted:
        return "deleted"
    if message.born > since:
        return "posted"
    return "edited" if message.said > since else "reacted"


def _json(value: dict[str, Any]) -> str:
    return _encode(value).decode()
