"""What may be asked about rooms and who is in them."""

from typing import Annotated

import msgspec

from webchat.commands.fields import About, Cid, Count, Place, Slug, Title
from webchat.model import GuestAccess, Posting, RoomKind, RoomRole


class CreateRoom(msgspec.Struct, frozen=True):
    """Make a room; its maker moderates it."""

    room: Place
    cid: Cid
    title: Title = ""
    topic: About = ""
    kind: RoomKind = "open"
    guests: GuestAccess = "none"
    posting: Posting = "everyone"


class EditRoom(msgspec.Struct, frozen=True):
    """Change a room; what is left out stays. ``based`` is how often it had been changed when its asker looked at it."""

    room: Place
    cid: Cid
    title: Title | None = None
    topic: About | None = None
    kind: RoomKind | None = None
    guests: GuestAccess | None = None
    posting: Posting | None = None
    based: Count | None = None


class ArchiveRoom(msgspec.Struct, frozen=True):
    """Let a room be read only, and out of the way."""

    room: Place
    cid: Cid


class RestoreRoom(msgspec.Struct, frozen=True):
    """Bring an archived room back."""

    room: Place
    cid: Cid


class JoinRoom(msgspec.Struct, frozen=True):
    """Become a member of an open room."""

    room: Place
    cid: Cid


class LeaveRoom(msgspec.Struct, frozen=True):
    """Stop being a member."""

    room: Place
    cid: Cid


class InviteUser(msgspec.Struct, frozen=True):
    """Make somebody else a member."""

    room: Place
    user: Slug
    cid: Cid


class RemoveUser(msgspec.Struct, frozen=True):
    """End somebody else's membership."""

    room: Place
    user: Slug
    cid: Cid


class BanUser(msgspec.Struct, frozen=True):
    """Keep somebody out of a room from now on; for them it is not there."""

    room: Place
    user: Slug
    cid: Cid


class UnbanUser(msgspec.Struct, frozen=True):
    """Keep somebody out no longer."""

    room: Place
    user: Slug
    cid: Cid


class SetRoomRole(msgspec.Struct, frozen=True):
    """Make a member a moderator of the room, or no moderator any more."""

    room: Place
    user: Slug
    role: RoomRole
    cid: Cid


class OpenDirect(msgspec.Struct, frozen=True):
    """Open the one room that oneself and these users share, perhaps to say something there at once."""

    users: Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1, max_length=64)]
    cid: Cid
    body: str = ""
