"""What a verb returns."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from webchat.events import Event


class Note(NamedTuple):
    """A sentence for the asker, of something that was done; ``%(name)s`` places are filled after translation."""

    sentence: str
    values: Mapping[str, object] = MappingProxyType({})


class Done(NamedTuple):
    """The answer for the asker (a message's id, a room's slug), what happened, in order, and what to note of it.

    A ``secret`` is for the asker too, once: it is stored nowhere, so who asks again is not told.
    """

    id: int | str
    events: tuple[Event, ...] = ()
    secret: str = ""
    note: Note | None = None
