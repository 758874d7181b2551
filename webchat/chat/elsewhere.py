"""Who is here by way of other processes: each process owns its people, and the others keep a copy.

A process tells what changed, numbered, and keeps the whole of it where it is forgotten soon after the process is. Who
hears a number too high has missed one, and reads the whole. A process that is gone three looks in a row is dropped:
no sooner, since a bus that was restarted has forgotten everybody for a moment.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import anyio
import msgspec

from webchat.between import Attending, Present
from webchat.bus import Roster
from webchat.model import Person, State

log = logging.getLogger("webchat.presence")

LOOK = 5.0
"""Seconds between two looks at who lives."""
MISSED = 3
"""In how many looks a process is not found until it is dropped."""

HELD = 100
"""The most news of a process that are held, of whom something was missed: it keeps the whole of it far more often."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Present, ...])


class _Node:
    """The people of one process, as of a number; and what was heard, without a gap, since something was missed."""

    __slots__ = ("people", "serial", "since")

    def __init__(self) -> None:
        self.serial = 0
        self.since: list[Attending] = []
        self.people: dict[str, Present] = {}


class Elsewhere:
    """The people of other processes. ``moved`` is called with a key and its rooms when somebody is otherwise."""

    def __init__(self, moved: Callable[[str, Iterable[str]], None]) -> None:
        self._moved = moved
        self._nodes: dict[str, _Node] = {}
        self._missed: Counter[str] = Counter()
        self._rooms: dict[str, dict[str, dict[str, Person]]] = {}
        self._people: dict[str, dict[str, Present]] = {}
        self._keys: dict[int, str] = {}

    def room(self, slug: str) -> Mapping[str, Person]:
        """Who is in a room, by key."""
        return {key: person for key, at in list(self._rooms.get(slug, {}).items()) for person in list(at.values())[:1]}

    def size(self, slug: str) -> int:
        """How many are in a room."""
        return len(self._rooms.get(slug, ()))

    def key(self, user: int) -> str:
        """The key of a user, if it is here."""
        return self._keys.get(user, "")

    def found(self, key: str) -> list[Present]:
        """How somebody is at each process."""
        return list(self._people.get(key, {}).values())

    def state(self, key: str) -> State:
        """How somebody is, taking all processes together."""
        states = {present.state for present in self.found(key)}
        return "online" if "online" in states else "away" if states else ""

    def heard(self, news: Attending) -> None:
        """Take what a process tells."""
        node = self._nodes.setdefault(news.node, _Node())
        if news.serial <= node.serial:
            return
        if not node.since and news.serial == node.serial + 1:
            node.serial = news.serial
        else:
            if len(node.since) == HELD or (node.since and news.serial != node.since[-1].serial + 1):
                node.since.clear()
            node.since.append(news)
        for present in news.people:
            self._put(news.node, node, present)

    def drop(self, name: str) -> None:
        """Forget a process and its people."""
        node = self._nodes.pop(name, None)
        for present in list(node.people.values()) if node else ():
            self._put(name, node, msgspec.structs.replace(present, state="", rooms=()))

    async def compare(self, roster: Roster) -> None:
        """Read anew whom something was missed of, and drop who is gone. Raises OSError."""
        living = await roster.serials()
        for name in self._nodes.keys() - living.keys():
            self._missed[name] += 1
            if self._missed[name] >= MISSED:
                log.info("The process %s is gone, and %d people with it.", name, len(self._nodes[name].people))
                self.drop(name)
        for name in self._missed.keys() - (self._nodes.keys() - living.keys()):
            del self._missed[name]
        for name, serial in living.items():
            node = self._nodes.get(name)
            if (node is None or serial > node.serial) and (found := await roster.people(name)):
                self._replace(name, *found)

    def _replace(self, name: str, serial: int, people: bytes) -> None:
        node = self._nodes.setdefault(name, _Node())
        if node.since and serial < node.since[0].serial - 1:  # what was missed is not kept yet
            return
        try:
            found = {present.key: present for present in _decoder.decode(people)}
        except msgspec.DecodeError:  # another version's
            return
        later = [news for news in node.since if news.serial > serial]  # a busy process tells more than it keeps
        for present in (present for news in later for present in news.people):
            found[present.key] = present
        found = {key: present for key, present in found.items() if present.state}
        for present in [old for key, old in node.people.items() if key not in found]:
            self._put(name, node, msgspec.structs.replace(present, state="", rooms=()))
        for present in found.values():
            self._put(name, node, present)
        node.serial = later[-1].serial if later else serial
        node.since.clear()

    def _put(self, name: str, node: _Node | None, present: Present) -> None:
        assert node, "whose people they are is known"
        key, before = present.key, node.people.get(present.key)
        if before == present:
            return
        for slug in before.rooms if before else ():
            at = self._rooms[slug][key]
            del at[name]
            if not at:
                del self._rooms[slug][key]
            if not self._rooms[slug]:
                del self._rooms[slug]
        for slug in present.rooms:
            self._rooms.setdefault(slug, {}).setdefault(key, {})[name] = present.person
        if present.state:
            node.people[key] = present
            self._people.setdefault(key, {})[name] = present
            self._keys[present.person.id] = key
        elif before:
            del node.people[key]
            del self._people[key][name]
            if not self._people[key]:
                del self._people[key]
                self._keys.pop(present.person.id, None)
        self._moved(key, {*present.rooms, *(before.rooms if before else ())})


class Told:
    """What the other processes were told of the people of this one. ``tell`` tells them more."""

    def __init__(self, node: str, tell: Callable[[Attending], None]) -> None:
        self._node = node
        self._tell = tell
        self._people: dict[str, Present] = {}
        self._serial = 0

    def tell(self, people: Iterable[Present]) -> None:
        """Tell how some are now, of those who are otherwise than was told."""
        known = self._people
        news = tuple(one for one in people if one != known.get(one.key) and (one.state or one.key in known))
        for present in news:
            if present.state:
                self._people[present.key] = present
            else:
                del self._people[present.key]
        if news:
            self._serial += 1
            self._tell(Attending(self._node, self._serial, news))

    async def run(self, roster: Roster, elsewhere: Elsewhere) -> None:
        """Keep the whole of it, and look after the others, until cancelled."""
        while True:
            with suppress(OSError):  # the bus says so itself; nobody is dropped while it is away
                await self.look(roster, elsewhere)
            await anyio.sleep(LOOK)

    async def look(self, roster: Roster, elsewhere: Elsewhere) -> None:
        """Do it once. Raises OSError."""
        await roster.keep(self._serial, _encoder.encode(tuple(self._people.values())))
        await elsewhere.compare(roster)
