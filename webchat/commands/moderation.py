"""What moderators may ask about what is said in their rooms."""

from typing import Annotated

import msgspec

from webchat.commands.fields import About, Cid, Count, Id, Place, Slug
from webchat.rules import Hold, Links, Otherwise, Repeats

Called = Annotated[str, msgspec.Meta(max_length=64)]
Address = Annotated[str, msgspec.Meta(max_length=2000)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    slow: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    links: Links | None = None
    known: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    words: Annotated[tuple[Word, ...], msgspec.Meta(max_length=200)] | None = None
    repeats: Repeats | None = None
    hold: Hold | None = None
    reports: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    closes: Annotated[int, msgspec.Meta(ge=0, le=3650)] | None = None
    editing: Annotated[int, msgspec.Meta(ge=0, le=525_600)] | None = None
    judge: Address | None = None
    unjudged: Otherwise | None = None
    based: Count | None = None


class SetRules(_Asked, frozen=True):
    """Change what a room asks of what is said in it; what is left out stays. ``based`` is how often it had been changed
    when its asker looked at it. With ``own`` false it gives up its own rules, and goes by those of its site."""

    room: Place
    cid: Cid
    own: bool | None = None


class SetSiteRules(_Asked, frozen=True):
    """Change what all threads of a site ask, but those that have rules of their own; otherwise as `SetRules`."""

    site: Slug
    cid: Cid


class TryJudge(msgspec.Struct, frozen=True):
    """Ask the program that judges what is said in a room, to see whether it answers."""

    room: Place
    cid: Cid


class TrySiteJudge(msgspec.Struct, frozen=True):
    """Ask the program that judges what is said in the threads of a site."""

    site: Slug
    cid: Cid


class ApproveMessage(msgspec.Struct, frozen=True):
    """Post what waits in a room."""

    held: Id
    room: Place
    cid: Cid


class RejectMessage(msgspec.Struct, frozen=True):
    """Do not post what waits in a room; its author is told why."""

    held: Id
    room: Place
    cid: Cid
    why: About = ""


class WithdrawMessage(msgspec.Struct, frozen=True):
    """Take one's own back that waits in a room, or was rejected there."""

    held: Id
    room: Place
    cid: Cid


class ReportMessage(msgspec.Struct, frozen=True):
    """Say to its moderators that something is wrong with a message, and perhaps what."""

    message: Id
    cid: Cid
    why: About = ""


class KeepMessage(msgspec.Struct, frozen=True):
    """Let a message stand that was reported."""

    message: Id
    cid: Cid


class PinMessage(msgspec.Struct, frozen=True):
    """Show a message to all above the list of its room, in the place of the one that was there."""

    message: Id
    cid: Cid


class UnpinMessage(msgspec.Struct, frozen=True):
    """Show a message there no longer."""

    message: Id
    cid: Cid


class MuteUser(msgspec.Struct, frozen=True):
    """Let somebody not write in a room for some minutes: a ``user`` by name, or whoever wrote a ``message`` there. With
    ``shadow`` they write on, are not told, and only they and the moderators see it."""

    room: Place
    cid: Cid
    minutes: Annotated[int, msgspec.Meta(ge=1, le=43_200)]
    user: Called = ""
    message: Count = 0
    why: About = ""
    shadow: bool = False


class UnmuteUser(msgspec.Struct, frozen=True):
    """Let somebody write again: a ``user`` by name, or whom the number ``mute`` is about."""

    room: Place
    cid: Cid
    user: Called = ""
    mute: Count = 0
