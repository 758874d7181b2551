"""Who is here, who is away, and who is writing: news of the moment, held in memory, never stored but for when each
user was last seen.

A user enters with the first connection and leaves ten seconds after the last, so that a reload is not a farewell. One
active page among a user's makes that user online; with none, the user is away. Each room tells at most once a second,
and above 200 people only how many they are. How a user is beyond the rooms is told to those who share a direct room.
Each process tells its own readers, of the people of all processes: those of the others are in `elsewhere`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice

import anyio

from webchat.between import Attending, Between, Present, Writing
from webchat.bus import Roster
from webchat.chat.clock import now
from webchat.chat.elsewhere import Elsewhere, Told
from webchat.chat.somebody import Attendance, Somebody
from webchat.chat.viewers import Viewers
from webchat.chat.writers import Writers
from webchat.errors import Unavailable
from webchat.events import Event, PresenceChanged, UserPresenceChanged
from webchat.model import Person, State
from webchat.store import ASIDE, Store, users

GRACE = 10.0
"""Seconds that somebody without a connection is still shown."""
NAMED = 200
"""The most people a room names, here or writing."""
TICK = 0.5
"""Seconds between two tellings."""
REST = 1.0
"""Seconds between two tellings of the same room, at least."""
SEEN = 60.0
"""Seconds after which it is stored again that somebody is seen."""
TOLD = 500
"""The most users that are told of, or stored, at once."""


class Presence:
    """The people of all rooms that this process has connections of. ``publish`` tells its readers; ``node`` is its name
    among several processes, and ``tell`` tells the others. ``viewers`` are told how many they are."""

    def __init__(
        self,
        publish: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
        node: str = "",
        tell: Callable[[Between], None] = lambda _news: None,
    ) -> None:
        self.hushed: Mapping[tuple[str, str], int] = {}
        """Until when, in milliseconds since 1970, nobody is told that somebody writes in a room."""
        self._publish = publish
        self._clock = clock
        self._rooms: dict[str, dict[str, Somebody]] = {}
        self._everybody: dict[str, Somebody] = {}
        self._users: dict[int, Somebody] = {}
        self._leaving: dict[tuple[str, str], float] = {}
        self._writers = Writers(publish, clock)
        self.viewers = Viewers(publish)
        self._elsewhere = Elsewhere(self._touch)
        self._tell_others = tell
        self._others = Told(node, tell) if node else None
        self._changed: set[str] = set()
        self._told: dict[str, float] = {}
        self._lists: dict[str, PresenceChanged] = {}
        self._moved: dict[str, None] = {}
        self._last: dict[str, tuple[int, State]] = {}
        self._seen: dict[int, int] = {}
        self._counted = clock()

    def enter(self, slug: str, key: str, person: Person) -> Attendance:
        """One connection more of the person whom ``key`` names among all actors, in a room, or in none if ``slug`` is
        empty. It is active until it says otherwise."""
        somebody = self._everybody.get(key)
        if somebody is None:
            somebody = self._everybody[key] = Somebody(key, person)
            if person.id:
                self._users[person.id] = somebody
        somebody.gone = False
        somebody.connections += 1
        self._leaving.pop(("", key), None)
        self._count(somebody, 1)
        if slug:
            self._leaving.pop((slug, key), None)
            if key not in self._rooms.setdefault(slug, {}):
                self._rooms[slug][key] = somebody
                self._touch(key, (slug,))
            somebody.rooms[slug] += 1
        return Attendance(slug, somebody)

    def leave(self, attendance: Attendance) -> None:
        """One connection less."""
        slug, somebody = attendance.slug, attendance.somebody
        self.show(attendance, "away")
        until = self._clock() + GRACE
        somebody.connections -= 1
        if not somebody.connections:
            self._leaving["", somebody.key] = until
        if slug:
            somebody.rooms[slug] -= 1
            if not somebody.rooms[slug]:
                self._leaving[slug, somebody.key] = until

    def show(self, attendance: Attendance, state: State) -> None:
        """A connection's page is used, or is not."""
        active = state == "online"
        if active != attendance.active:
            attendance.active = active
            self._count(attendance.somebody, 1 if active else -1)

    def state(self, user: int) -> State:
        """How a user is, as far as others were told or will be at once. May be asked in any thread."""
        somebody = self._users.get(user)
        return self._together(somebody.key if somebody else self._elsewhere.key(user))

    def rename(self, key: str, person: Person) -> None:
        """Show somebody otherwise wherever they are."""
        if somebody := self._everybody.get(key):
            somebody.person = person
            self._touch(key, somebody.rooms)

    def typing(self, slug: str, key: str, person: Person) -> None:
        """Somebody is writing. In a room too big to name its people, and of who is hushed, nobody is told."""
        if self._size(slug) > NAMED or self.hushed.get((slug, key), 0) > now():
            return
        if somebody := self._everybody.get(key):
            person = somebody.person  # who may have another name since this connection began
        self._writers.began(slug, key, person)
        self._tell_others(Writing(slug, key, person))

    def stopped(self, slug: str, key: str) -> None:
        """Somebody's text was sent, or the connection is gone."""
        if self._writers.stopped(slug, key) and (somebody := self._everybody.get(key)):
            self._tell_others(Writing(slug, key, somebody.person, stopped=True))

    def heard(self, news: Attending | Writing) -> None:
        """Take what another process tells."""
        if isinstance(news, Attending):
            self._elsewhere.heard(news)
        elif news.stopped:
            self._writers.stopped(news.slug, news.key)
        else:
            self._writers.began(news.slug, news.key, news.person)

    def told(self, slug: str) -> PresenceChanged | None:
        """Who is in the room, as everybody there was told; None if they are told something else within a second."""
        return None if slug in self._changed else self._lists.get(slug)

    def here(self, slug: str) -> PresenceChanged:
        """Who is in the room now. May be asked in any thread."""
        room = {key: here.person for key, here in list(self._rooms.get(slug, {}).items())}
        if self._elsewhere.size(slug):
            room = {**self._elsewhere.room(slug), **room}
        if len(room) > NAMED:
            return PresenceChanged(slug, len(room), ())
        people = sorted(room.values(), key=lambda one: (one.title.casefold(), one.id))
        return PresenceChanged(slug, len(room), tuple(people))

    def tick(self) -> None:
        """Let go of those whose grace is over, and tell what changed. Call twice a second."""
        moment = self._clock()
        for (slug, key), until in list(self._leaving.items()):
            if until <= moment:
                del self._leaving[slug, key]
                self._let_go(slug, key)
        self._writers.silence(moment)
        self._told = {slug: at for slug, at in self._told.items() if moment - at < REST}
        due = self._changed - self._told.keys()
        for slug in due:
            here = self._lists[slug] = self.here(slug)
            self._publish(here)
            self.viewers.count(slug, here.count if self._rooms[slug] else 0)
            if not self._rooms[slug]:
                del self._rooms[slug], self._lists[slug]
        self.viewers.tick(moment)
        self._changed -= due
        self._told |= dict.fromkeys(due, moment)
        moved = list(islice(self._moved, TOLD))
        if self._others:
            self._others.tell(present for key in moved if (present := self._present(key)))
        for key in moved:
            del self._moved[key]
            self._tell(key)
        if moment - self._counted >= SEEN:
            self._counted = moment
            self._seen |= {user: now() for user, somebody in self._users.items() if somebody.active}

    async def run(self, store: Store, roster: Roster | None = None) -> None:
        """Tell, and store when users were last seen, until cancelled; with other processes, look after those."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._keep, store)
            if self._others and roster:
                group.start_soon(self._others.run, roster, self._elsewhere)
            while True:
                await anyio.sleep(TICK)
                self.tick()

    async def _keep(self, store: Store) -> None:
        """Store when users were last seen: once a minute, and when they go."""
        while True:
            await anyio.sleep(1)
            with suppress(Unavailable):  # tried again a second later
                await self._save(store)

    async def _save(self, store: Store) -> None:
        """Store when users were last seen. Raises Unavailable."""
        while self._seen:
            some = dict(islice(self._seen.items(), TOLD))
            await store.write(partial(users.saw, times=some), reach=ASIDE)
            self._seen = {user: at for user, at in self._seen.items() if at != some.get(user)}

    def _count(self, somebody: "Somebody", by: int) -> None:
        """Some active connections more or less; when there are none, that was when the user was seen last."""
        somebody.active += by
        self._moved[somebody.key] = None
        if not somebody.active:
            somebody.seen = now()
            if somebody.person.id:
                self._seen[somebody.person.id] = somebody.seen

    def _touch(self, key: str, slugs: Iterable[str]) -> None:
        """Somebody is otherwise, here or elsewhere, and is or was in these rooms."""
        self._moved[key] = None
        self._changed.update(slug for slug in slugs if slug in self._rooms)

    def _let_go(self, slug: str, key: str) -> None:
        somebody = self._everybody[key]
        if slug:
            del self._rooms[slug][key]
            del somebody.rooms[slug]
        else:
            somebody.gone = True
        self._touch(key, (slug,))

    def _size(self, slug: str) -> int:
        """How many are in a room, or a few more: who is at several processes counts for each."""
        return len(self._rooms.get(slug, ())) + self._elsewhere.size(slug)

    def _together(self, key: str) -> State:
        """How somebody is, taking all processes together."""
        somebody = self._everybody.get(key)
        here = somebody.state if somebody else ""
        return here if here == "online" else self._elsewhere.state(key) or here

    def _present(self, key: str) -> Present | None:
        """What the other processes are told of somebody."""
        somebody = self._everybody.get(key)
        if somebody is None:
            return None
        return Present(key, somebody.person, somebody.state, somebody.seen, tuple(somebody.rooms))

    def _tell(self, key: str) -> None:
        """Tell how a user is if that is not what was told last; and forget who is gone."""
        somebody, elsewhere = self._everybody.get(key), self._elsewhere.found(key)
        state = self._together(key)
        if somebody:
            somebody.told = somebody.state
            if somebody.gone:
                del self._everybody[key]
                self._users.pop(somebody.person.id, None)
        user, before = self._last.get(key, (0, ""))
        user = somebody.person.id if somebody else elsewhere[0].person.id if elsewhere else user
        if not user or state == before:
            return
        self._last[key] = (user, state)
        if not state:
            del self._last[key]
        seen = max([somebody.seen if somebody else 0, *(present.seen for present in elsewhere)])
        seen = seen or (0 if state else now())
        rooms = set(somebody.rooms if somebody else ()).union(*(present.rooms for present in elsewhere))
        named = [slug for slug in sorted(rooms) if slug in self._rooms and self._size(slug) <= NAMED]
        for slug in ("", *named):
            self._publish(UserPresenceChanged(user, state, seen, slug))
