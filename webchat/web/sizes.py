"""How many members rooms have. An open room has as many as there are people, and a page of it is asked for often: those
of large rooms are counted once in a while, the others whenever it is asked."""

import time
from collections.abc import Callable

from webchat.model import Member
from webchat.store import Tx, members

KEPT = 60.0
"""Seconds that a large room is not counted again."""
LARGE = 10_000
"""Members from which on it takes less to look at all people by title until there are enough for a page, than to put the
members in order."""


class Sizes:
    """The counts of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[int, tuple[int, float]] = {}

    def of(self, tx: Tx, room_id: int) -> int:
        """The number of a room's members, but for disabled accounts; of a large one as it was a minute ago at most."""
        count, until = self._kept.get(room_id, (0, 0.0))
        if self._clock() < until:
            return count
        count = members.how_many(tx, room_id)
        if count > members.MANY:
            self._kept[room_id] = count, self._clock() + KEPT
        return count

    def first(self, tx: Tx, room_id: int, limit: int) -> list[Member]:
        """A room's first members, but for disabled accounts: moderators, then by title."""
        if self.of(tx, room_id) > LARGE:
            return members.first(tx, room_id, limit)
        return members.page(tx, room_id, "", limit)
