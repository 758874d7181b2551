"""What processes tell each other, and no reader as it is: one frozen struct each, one union."""

import msgspec

from webchat import topics
from webchat.model import Person, State
from webchat.topics import Topic


class Present(msgspec.Struct, frozen=True, array_like=True):
    """Somebody who is at a process: under which key among all actors, how, when last, and in which rooms; in none and
    not anywhere else either if ``state`` is empty."""

    key: str
    person: Person
    state: State
    seen: int = 0
    rooms: tuple[str, ...] = ()


class Attending(msgspec.Struct, frozen=True, tag=True):
    """Who came, left or is otherwise at the process ``node``, which says so for the time number ``serial``."""

    node: str
    serial: int
    people: tuple[Present, ...]

    @property
    def topic(self) -> Topic:
        """Every process."""
        return topics.PLACE


class Writing(msgspec.Struct, frozen=True, tag=True):
    """Somebody at another process writes in a room, or has ``stopped``."""

    slug: str
    key: str
    person: Person
    stopped: bool = False

    @property
    def topic(self) -> Topic:
        """The processes with readers of the room."""
        return topics.room(self.slug)


class Attempted(msgspec.Struct, frozen=True, tag=True):
    """Somebody tried a password of the account ``name`` from a network; ``right`` if it was right."""

    name: str
    network: str
    right: bool = False

    @property
    def topic(self) -> Topic:
        """Every process."""
        return topics.PLACE


class Spent(msgspec.Struct, frozen=True, tag=True):
    """Somebody used one of the goes of a kind that all processes count together, or several."""

    kind: str
    who: str
    goes: int = 1

    @property
    def topic(self) -> Topic:
        """Every process."""
        return topics.PLACE


Between = Attending | Writing | Attempted | Spent
