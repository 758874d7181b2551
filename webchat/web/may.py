"""What somebody may do in a room, as its pages ask it."""

from typing import NamedTuple

from webchat.chat import access
from webchat.model import Actor, Guest, Membership, Room


class RoomMay(NamedTuple):
    """What this reader may do in a room."""

    post: bool
    react: bool
    vote: bool
    join: bool
    leave: bool
    invite: bool
    moderate: bool
    settle: bool

    @property
    def words(self) -> str:
        """What decides how the foot of the room's page looks: as one text, to compare and for the script."""
        return " ".join(name for name in ("post", "react", "vote", "join", "moderate") if getattr(self, name))


def room_may(actor: Actor, room: Room, member: Membership | None) -> RoomMay:
    """What an actor may do in a room."""
    votes = access.may("add-reaction", actor, room, member)
    return RoomMay(
        post=access.may("post-message", actor, room, member),
        react=votes and not isinstance(actor, Guest),
        vote=votes,
        join=member is None and not room.archived and access.may("join-room", actor, room, member),
        leave=member is not None and access.may("leave-room", actor, room, member),
        invite=access.may("invite-user", actor, room, member),
        moderate=access.may("delete-message", actor, room, member),
        settle=access.may("archive-room", actor, room, member),
    )
