"""Who is writing where: never stored, shown for a few seconds, and the first to be dropped when too much waits."""

from collections.abc import Callable

from webchat.events import Event, TypingChanged
from webchat.model import Person

TYPING = 5.0
"""Seconds that somebody is shown as writing after saying so."""


class Writers:
    """Those who write, by room. ``publish`` tells the readers of this process."""

    def __init__(self, publish: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._publish = publish
        self._clock = clock
        self._rooms: dict[str, dict[str, tuple[Person, float]]] = {}

    def began(self, slug: str, key: str, person: Person) -> None:
        """Somebody writes, or still does."""
        room = self._rooms.setdefault(slug, {})
        started = key not in room
        room[key] = (person, self._clock() + TYPING)
        if started:
            self._publish(self._writers(slug))

    def stopped(self, slug: str, key: str) -> bool:
        """Somebody does not write any more; whether this is news."""
        if not self._rooms.get(slug, {}).pop(key, None):
            return False
        self._publish(self._writers(slug))
        return True

    def silence(self, moment: float) -> None:
        """Let go of those who have not said so again."""
        for slug in list(self._rooms):
            writing = self._rooms[slug]
            over = [key for key, (_person, until) in writing.items() if until <= moment]
            for key in over:
                del writing[key]
            if over:
                self._publish(self._writers(slug))
            if not writing:
                del self._rooms[slug]

    def _writers(self, slug: str) -> TypingChanged:
        return TypingChanged(slug, tuple(person for person, _until in self._rooms.get(slug, {}).values()))
