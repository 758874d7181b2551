"""What a verb returns."""

from typing import NamedTuple

from webchat.events import Event


class Done(NamedTuple):
    """The answer for the asker (a message's id, a room's slug) and what happened, in order."""

    id: int | str
    events: tuple[Event, ...] = ()
