"""Who hears of an event: a room, one user, the watchers of a room's count or of a user, or everybody signed in."""

from typing import NamedTuple

from webchat.model import Actor, Guest, RoomLink


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


def guest(name: str) -> Topic:
    """Those who came in under a name that is no account's, to be told things by it."""
    return Topic("guest", name)


def visitor(key: str) -> Topic:
    """The pages of a guest, by the secret key, to be told what became of what that guest said."""
    return Topic("visitor", key)


def author(actor: Actor) -> Topic:
    """The pages of whoever says something, to be told what becomes of it."""
    return visitor(actor.key) if isinstance(actor, Guest) else user(actor.id)


def support(site_id: int) -> Topic:
    """The agents of a site's support window."""
    return Topic("support", str(site_id))


def count(slug: str) -> Topic:
    """Those who see the unread count of a closed or direct room without reading the room."""
    return Topic("count", slug)


def presence(user_id: int) -> Topic:
    """Those who see how a user is in their sidebar: who shares a direct room with that user."""
    return Topic("presence", str(user_id))


def row(link: RoomLink) -> tuple[Topic, ...]:
    """What a row of the sidebar hears besides the place and its user: the count of a room that is not open, and how
    the others in a direct room are."""
    counted = () if link.kind == "open" else (count(link.slug),)
    return (*counted, *(presence(person.id) for person in link.others))
