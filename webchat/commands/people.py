"""What may be asked about accounts and the place itself."""

from typing import Annotated, Literal

import msgspec

from webchat.commands.fields import Cid, Id, Name, Slug, Title


class SetPresence(msgspec.Struct, frozen=True):
    """Say whether a page is used or only open. Never stored, and over with the connection."""

    state: Literal["online", "away"]


class CreateInvitation(msgspec.Struct, frozen=True):
    """Make a link that lets people in, and into ``rooms``. ``days`` and ``uses`` are 0 for no end."""

    cid: Cid
    role: Literal["member", "moderator", "admin"] = "member"
    rooms: Annotated[tuple[Slug, ...], msgspec.Meta(max_length=100)] = ()
    days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    uses: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0


class RevokeInvitation(msgspec.Struct, frozen=True):
    """End a link now."""

    invitation: Id
    cid: Cid


class EndSession(msgspec.Struct, frozen=True):
    """Sign out somewhere: ``session`` is the stored hash of its id."""

    session: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    cid: Cid


class EndOtherSessions(msgspec.Struct, frozen=True):
    """Sign out everywhere else than here."""

    cid: Cid


class AcceptInvitation(msgspec.Struct, frozen=True):
    """Enter the rooms that a link leads to, for who has an account."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    cid: Cid


class SetProfile(msgspec.Struct, frozen=True):
    """Say what one is called, and something short about oneself."""

    title: Name
    cid: Cid
    status: Title = ""
