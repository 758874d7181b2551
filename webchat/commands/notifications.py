"""What may be asked about notifications: to tell somebody, to take it back, and what whoever was told does with it."""

from typing import Annotated, Literal

import msgspec

from webchat.commands.fields import Cid, Count, Id, Slug
from webchat.notices import Action, Level

Key = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._~-]{0,64}\Z")]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Link = Annotated[str, msgspec.Meta(max_length=2000)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


class _Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """For a user, several, those of a role, the members of a room, or everyone: one of these."""

    user: Annotated[str, msgspec.Meta(max_length=64)] = ""
    users: Annotated[tuple[Slug, ...], msgspec.Meta(max_length=1000)] = ()
    role: Literal["", "owner", "admin", "moderator", "member"] = ""
    room: Annotated[str, msgspec.Meta(max_length=64)] = ""
    everyone: bool = False


class SendNotification(_Addressed, frozen=True, kw_only=True):
    """Tell them something. With a ``key`` it takes the place of what they have under it; ``due`` and ``expires`` are
    times."""

    body: Annotated[str, msgspec.Meta(min_length=1)]
    cid: Cid
    title: Annotated[str, msgspec.Meta(max_length=250)] = ""
    key: Key = ""
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3
    tags: Annotated[tuple[Tag, ...], msgspec.Meta(max_length=8)] = ()
    click: Link = ""
    actions: Annotated[tuple[Action, ...], msgspec.Meta(max_length=3)] = ()
    due: Count = 0
    expires: Count = 0


class RetractNotification(_Addressed, frozen=True, kw_only=True):
    """Take back what they have, or will be told, under a key."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._~-]{1,64}\Z")]
    cid: Cid


class ReadNotifications(msgspec.Struct, frozen=True):
    """Mark one's notifications read up to number ``upto``."""

    upto: Count
    cid: Cid


class SeeNotifications(msgspec.Struct, frozen=True):
    """Say that one was shown that there are notifications up to number ``upto``."""

    upto: Count
    cid: Cid


class ReadNotification(msgspec.Struct, frozen=True):
    """Mark one of one's notifications read."""

    notification: Id
    cid: Cid


class UnreadNotification(msgspec.Struct, frozen=True):
    """Have one of one's notifications back, unread: also one that was put away."""

    notification: Id
    cid: Cid


class ArchiveNotification(msgspec.Struct, frozen=True):
    """Put one of one's notifications away, read."""

    notification: Id
    cid: Cid


class SnoozeNotification(msgspec.Struct, frozen=True):
    """Have one of one's notifications come again after some minutes."""

    notification: Id
    cid: Cid
    minutes: Annotated[int, msgspec.Meta(ge=1, le=43_200)] = 60


class PressAction(msgspec.Struct, frozen=True):
    """Press a button of a notification: ``action`` is ``42.1`` for the first of number 42."""

    action: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,14}\.[1-3]\Z")]
    cid: Cid


class SetTagLevel(msgspec.Struct, frozen=True):
    """Say how much one wants to hear of what has a tag; with an empty one, of all else. No level is that one."""

    tag: Annotated[str, msgspec.Meta(max_length=32)]
    cid: Cid
    level: Literal[Level, ""] = ""


class SetQuietHours(msgspec.Struct, frozen=True):
    """Say when to be left in peace, by the clock of a zone; twice the same is never."""

    begins: Clock
    ends: Clock
    cid: Cid
    zone: Annotated[str, msgspec.Meta(max_length=64)] = "UTC"
