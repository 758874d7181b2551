"""Who hears of an event: a room, one user, the watchers of a room's count, or everybody signed in."""

from typing import NamedTuple


class Topic(NamedTuple):
    """An audience. ``id`` is a room's slug, or a user's id as text, or empty for the whole place."""

    kind: str
    id: str


PLACE = Topic("place", "")


def room(slug: str) -> Topic:
    """The readers of one room. By slug, not by id: a room may be listened to before its first post makes it."""
    return Topic("room", slug)


def user(user_id: int) -> Topic:
    """All connections of one user: every tab, every device."""
    return Topic("user", str(user_id))


def count(slug: str) -> Topic:
    """Those who see the unread count of a closed or direct room without reading the room."""
    return Topic("count", slug)
