"""Who is in a room and who is writing there: news of the moment, held in memory, never stored.

A user enters with the first connection and leaves ten seconds after the last, so that a reload is not a farewell.
Each room tells at most once a second, and above 200 people only how many they are.
"""

import time
from collections.abc import Callable

import anyio

from webchat.events import Event, PresenceChanged, TypingChanged
from webchat.model import Person

GRACE = 10.0
"""Seconds that somebody without a connection is still shown."""
TYPING = 5.0
"""Seconds that somebody is shown as writing after saying so."""
NAMED = 200
"""The most people a room names."""


class Presence:
    """The people of all rooms that this process has connections of."""

    def __init__(self, publish: Callable[[Event], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._publish = publish
        self._clock = clock
        self._rooms: dict[str, dict[str, _Here]] = {}
        self._leaving: dict[tuple[str, str], float] = {}
        self._typing: dict[str, dict[str, tuple[Person, float]]] = {}
        self._changed: set[str] = set()

    def enter(self, slug: str, key: str, person: Person) -> None:
        """One connection more of the person whom ``key`` names among all actors."""
        room = self._rooms.setdefault(slug, {})
        here = room.get(key)
        if here is None:
            here = room[key] = _Here(person)
            self._changed.add(slug)
        here.connections += 1
        self._leaving.pop((slug, key), None)

    def leave(self, slug: str, key: str) -> None:
        """One connection less."""
        here = self._rooms[slug][key]
        here.connections -= 1
        if here.connections == 0:
            self._leaving[slug, key] = self._clock() + GRACE

    def typing(self, slug: str, key: str, person: Person) -> None:
        """Somebody is writing."""
        room = self._typing.setdefault(slug, {})
        started = key not in room
        room[key] = (person, self._clock() + TYPING)
        if started:
            self._publish(self._writers(slug))

    def stopped(self, slug: str, key: str) -> None:
        """Somebody's text was sent, or the connection is gone."""
        if self._typing.get(slug, {}).pop(key, None):
            self._publish(self._writers(slug))

    def here(self, slug: str) -> PresenceChanged:
        """Who is in the room now."""
        room = self._rooms.get(slug, {})
        if len(room) > NAMED:
            return PresenceChanged(slug, len(room), ())
        people = sorted((here.person for here in room.values()), key=lambda one: (one.title.casefold(), one.id))
        return PresenceChanged(slug, len(room), tuple(people))

    def tick(self) -> None:
        """Let go of those whose grace is over, and tell each changed room. Call once a second."""
        now = self._clock()
        for (slug, key), until in list(self._leaving.items()):
            if until <= now:
                del self._leaving[slug, key]
                del self._rooms[slug][key]
                self._changed.add(slug)
        for slug in list(self._typing):
            writing = self._typing[slug]
            over = [key for key, (_person, until) in writing.items() if until <= now]
            for key in over:
                del writing[key]
            if over:
                self._publish(self._writers(slug))
            if not writing:
                del self._typing[slug]
        for slug in self._changed:
            self._publish(self.here(slug))
            if not self._rooms[slug]:
                del self._rooms[slug]
        self._changed.clear()

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await anyio.sleep(1)
            self.tick()

    def _writers(self, slug: str) -> TypingChanged:
        return TypingChanged(slug, tuple(person for person, _until in self._typing.get(slug, {}).values()))


class _Here:
    """Somebody in a room, and by how many connections."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.connections = 0
