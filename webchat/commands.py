"""What may be asked: one frozen struct a command, one union, and `parse`, the one gate all doors use.

A form says ``do=post-message`` or, where a button names its subject, ``do=delete-message:42``; the subject goes to the
command's first field. Every command carries ``cid``, an id its sender made up, so that asking twice is doing once.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec

from webchat.errors import Malformed, TooLarge, sentence as _
from webchat.model import GuestAccess, RoomKind

BODY_LIMIT = 10_000
"""The longest message, in characters."""

_Cid = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_-]{16,64}\Z")]
_Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Body = Annotated[str, msgspec.Meta(min_length=1)]
_Title = Annotated[str, msgspec.Meta(max_length=80)]
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class PostMessage(msgspec.Struct, frozen=True):
    """Say something in a room."""

    room: _Slug
    body: _Body
    cid: _Cid


class EditMessage(msgspec.Struct, frozen=True):
    """Say it differently. ``based`` is the message's ``said`` that the author saw; a newer text wins."""

    message: _Id
    body: _Body
    based: _Count
    cid: _Cid


class DeleteMessage(msgspec.Struct, frozen=True):
    """Take a message back; a line that says so stays."""

    message: _Id
    cid: _Cid


class AddReaction(msgspec.Struct, frozen=True):
    """Put an emoji under a message."""

    message: _Id
    emoji: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    cid: _Cid


class RemoveReaction(msgspec.Struct, frozen=True):
    """Take one's own emoji away again."""

    message: _Id
    emoji: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    cid: _Cid


class CreateRoom(msgspec.Struct, frozen=True):
    """Make a room; its maker moderates it."""

    room: _Slug
    cid: _Cid
    title: _Title = ""
    topic: Annotated[str, msgspec.Meta(max_length=250)] = ""
    kind: RoomKind = "open"
    guests: GuestAccess = "none"


class JoinRoom(msgspec.Struct, frozen=True):
    """Become a member of an open room."""

    room: _Slug
    cid: _Cid


class LeaveRoom(msgspec.Struct, frozen=True):
    """Stop being a member."""

    room: _Slug
    cid: _Cid


class InviteUser(msgspec.Struct, frozen=True):
    """Make somebody else a member."""

    room: _Slug
    user: _Slug
    cid: _Cid


class CreateInvitation(msgspec.Struct, frozen=True):
    """Make a link that lets people in, and into ``rooms``. ``days`` and ``uses`` are 0 for no end."""

    cid: _Cid
    role: Literal["member", "admin"] = "member"
    rooms: tuple[_Slug, ...] = ()
    days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    uses: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class RevokeInvitation(msgspec.Struct, frozen=True):
    """End a link now."""

    invitation: _Id
    cid: _Cid


class AcceptInvitation(msgspec.Struct, frozen=True):
    """Enter the rooms that a link leads to, for who has an account."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    cid: _Cid


class OpenDirect(msgspec.Struct, frozen=True):
    """Open the one room that two users share."""

    user: _Slug
    cid: _Cid


class MarkRead(msgspec.Struct, frozen=True):
    """Say that one has read a room up to a message's seq; it never goes back."""

    room: _Slug
    seq: _Count
    cid: _Cid


class SendNotification(msgspec.Struct, frozen=True):
    """Tell one named user something."""

    user: _Slug
    body: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    cid: _Cid
    title: Annotated[str, msgspec.Meta(max_length=250)] = ""


class ReadNotifications(msgspec.Struct, frozen=True):
    """Mark one's notifications read up to number ``upto``."""

    upto: _Count
    cid: _Cid


class StartTyping(msgspec.Struct, frozen=True):
    """Say that one is writing. Never stored, first to be dropped."""

    room: _Slug


Command = (
    PostMessage
    | EditMessage
    | DeleteMessage
    | AddReaction
    | RemoveReaction
    | CreateRoom
    | JoinRoom
    | LeaveRoom
    | InviteUser
    | CreateInvitation
    | RevokeInvitation
    | AcceptInvitation
    | OpenDirect
    | MarkRead
    | SendNotification
    | ReadNotifications
    | StartTyping
)


def spelled(command: type[Command]) -> str:
    """The form's word for a command: ``PostMessage`` is ``post-message``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


LISTS = frozenset({"rooms"})
"""Fields of several values: a form repeats them, or writes them as one text with spaces between."""

WORDS: dict[str, type[Command]] = {spelled(command): command for command in get_args(Command)}

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """The text in NFC with ``\\n`` line ends. Raises Malformed for control characters and halves of surrogate pairs,
    which one recipient's socket could not even encode."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROLS.search(text):
        raise Malformed(_("The text contains characters that cannot be shown. Remove them and try again."))
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def parse(form: Mapping[str, object]) -> Command:
    """The command that a form or a JSON object asks for.

    Values are strings, or what JSON has; keys that the command does not know are ignored, as browsers send some of
    their own. Raises Malformed for an unknown word, a missing or mistyped field; TooLarge for a text over its limit.
    """
    do = form.get("do")
    if not isinstance(do, str):
        raise Malformed(_("Say what to do."))
    word, _colon, subject = do.partition(":")
    command = WORDS.get(word)
    if command is None:
        raise Malformed(_("This is not something that can be done here."))
    fields: dict[str, Any] = {}
    for name in command.__struct_fields__:
        value = form.get(name)
        if value is not None:
            fields[name] = clean(value) if isinstance(value, str) else value
            if name in LISTS and isinstance(value, str):
                fields[name] = clean(value).split()
    if subject:
        fields[command.__struct_fields__[0]] = clean(subject)
    body = fields.get("body")
    if isinstance(body, str):
        fields["body"] = body = body.strip()
        if not body:
            raise Malformed(_("Write something first."))
        if len(body) > BODY_LIMIT:
            raise TooLarge(
                _("That is too long by %(over)s characters. The longest message has %(limit)s."),
                over=len(body) - BODY_LIMIT,
                limit=BODY_LIMIT,
            )
    try:
        return msgspec.convert(fields, command, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(_("The field %(field)s is missing or wrong."), field=_field(str(error))) from None


def _field(message: str) -> str:
    """The field's name out of msgspec's message: "… - at `$.body`" or "… missing required field `body`"."""
    names = re.findall(r"`(?:\$\.)?([a-z_]+)`", message)
    return names[-1] if names else "do"
