"""What every page has at its side, and what a connection brings up to date there."""

from typing import Any

from webchat.model import Actor, RoomLink
from webchat.notices import Tally
from webchat.store import Tx, agents, notifications, rooms


def links_of(tx: Tx, actor: Actor) -> list[RoomLink]:
    """The rows of an actor's sidebar."""
    return rooms.sidebar(tx, actor.id) if actor.id else rooms.for_guests(tx)


def sidebar(tx: Tx, actor: Actor) -> dict[str, Any]:
    """An actor's rooms, direct rooms, the sites whose visitors they answer, and what is unread of the notifications."""
    links = links_of(tx, actor)
    return {
        "rooms": [link for link in links if link.kind != "direct"],
        "directs": [link for link in links if link.kind == "direct"],
        "desks": agents.sites(tx, actor.id) if actor.id else [],
        "badge": notifications.tally(tx, actor.id) if actor.id else Tally(),
    }
