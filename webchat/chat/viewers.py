"""How many read each thread of a site, as it is told: rarely, and in round numbers once they are many, so that a crowd
that comes and goes is not told so all the time."""

from collections.abc import Callable

from webchat.events import Event
from webchat.viewing import ViewersChanged

FEWEST = 2
"""Who is alone is told nothing."""
DIGITS = 3
"""Of a greater number, all digits behind these are zero."""
REST = 5.0
"""Seconds between two tellings of the same thread, at least."""


class Viewers:
    """The numbers of all threads that have readers here. ``publish`` tells the readers of this process."""

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self._publish = publish
        self._now: dict[str, int] = {}
        self._told: dict[str, tuple[int, float]] = {}

    def count(self, slug: str, people: int) -> None:
        """So many are in a room now. Only those of sites have viewers."""
        if "." in slug:
            self._now[slug] = people

    def told(self, slug: str) -> int:
        """The number that readers of a thread were told last, 0 for none."""
        return self._told.get(slug, (0, 0.0))[0]

    def tick(self, moment: float) -> None:
        """Tell the numbers that changed, each if it was not told of late."""
        for slug, people in list(self._now.items()):
            before, at = self._told.get(slug, (0, float("-inf")))
            if moment - at < REST:
                continue
            del self._now[slug]
            if (number := _round(people)) != before:
                self._told[slug] = (number, moment)
                self._publish(ViewersChanged(slug, number))
            if not people:
                self._told.pop(slug, None)


def _round(people: int) -> int:
    """The number as it is told: 0, 2, 999, 1230, 12300."""
    rest = people % 10 ** max(0, len(str(people)) - DIGITS)
    return people - rest if people >= FEWEST else 0
