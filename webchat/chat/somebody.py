"""One person who is here, and each connection's part in that."""

from collections import Counter

from webchat.model import Person, State


class Somebody:
    """A person with connections, of which some are active, and with how many in which room. In the time of grace
    nothing has changed yet."""

    __slots__ = ("active", "connections", "gone", "key", "person", "rooms", "seen", "told")

    def __init__(self, key: str, person: Person) -> None:
        self.key = key
        self.person = person
        self.connections = self.active = self.seen = 0
        self.rooms: Counter[str] = Counter()
        self.told: State = ""
        self.gone = False

    @property
    def state(self) -> State:
        """How this person is."""
        if self.gone:
            return ""
        if not self.connections:
            return self.told
        return "online" if self.active else "away"


class Attendance:
    """One connection's part in who is here: whose it is, in which room (empty for none), and whether it is active."""

    __slots__ = ("active", "slug", "somebody")

    def __init__(self, slug: str, somebody: Somebody) -> None:
        self.slug = slug
        self.somebody = somebody
        self.active = True
