"""What may be asked about messages: to say, change and take back, to react, to read, to write just now."""

from typing import Annotated

import msgspec

from webchat.commands.fields import Body, Cid, Color, Count, Files, Id, Instant, Place
from webchat.model import Mode


class PostMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say something in a room, perhaps as what ``answers`` another message of it. Some ``files`` that were sent there
    before may go with it, and then the text may be empty. In a thread it may fly over the page's film, ``t``
    milliseconds into it."""

    room: Place
    body: str
    cid: Cid
    t: Instant | None = None
    mode: Mode = "scroll"
    color: Color = "#ffffff"
    answers: Id | None = None
    files: Files = ()


class EditMessage(msgspec.Struct, frozen=True):
    """Say it differently. ``based`` is the message's ``said`` that the author saw; a newer text wins."""

    message: Id
    body: Body
    based: Count
    cid: Cid


class DeleteMessage(msgspec.Struct, frozen=True):
    """Take a message back; a line that says so stays."""

    message: Id
    cid: Cid


class AddReaction(msgspec.Struct, frozen=True):
    """Put an emoji under a message."""

    message: Id
    emoji: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    cid: Cid


class RemoveReaction(msgspec.Struct, frozen=True):
    """Take one's own emoji away again."""

    message: Id
    emoji: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    cid: Cid


class MarkRead(msgspec.Struct, frozen=True):
    """Say that one has read a room up to a message's seq; it never goes back."""

    room: Place
    seq: Count
    cid: Cid


class MarkUnread(msgspec.Struct, frozen=True):
    """Say that one has not read a message, nor what came after it."""

    message: Id
    cid: Cid


class StartTyping(msgspec.Struct, frozen=True):
    """Say that one is writing. Never stored, first to be dropped."""

    room: Place
