"""What is counted: plain numbers, written where things happen. `webchat.web.exposition` gives them Prometheus' form.

Each number is written by one thread alone, the event loop or the one that commits, so nothing is locked.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
CODES = frozenset({*range(1000, 1016), 4401, 4403, 4408, 4429})
MANY = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)


class Histogram:
    """How many values were at most each of some bounds. ``counts`` has one number more, for those above all."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Metrics:
    """The numbers of one application.

    Now: open ``sockets``; and as of the last second, live ``rooms`` and the bytes that wait ``unsent``.
    Since the start: ``posts`` stored; ``frames`` written to readers by tellings, each of which told ``told`` changes,
    the oldest of them ``waited`` seconds after it was published; ``slow`` readers cut; ``resumes`` by kind (``ring``,
    ``store``, ``reset``), ``closes`` of sockets by code, ``refusals`` by HTTP status; commits: the number of ``writes``
    in each, and ``synced``, the seconds until it was on disk; ``judged``, what judges said of texts, or that they
    failed, or were not asked, and ``judging``, the seconds that they took.
    """

    def __init__(self) -> None:
        self.sockets = 0
        self.rooms = 0
        self.unsent = 0
        self.posts = 0
        self.frames = 0
        self.slow = 0
        self.told = Histogram(MANY)
        self.waited = Histogram(SECONDS)
        self.resumes = Counter({"ring": 0, "store": 0, "reset": 0})
        self.closes: Counter[int] = Counter()
        self.refusals: Counter[int] = Counter()
        self.writes = Histogram(MANY)
        self.synced = Histogram(SECONDS)
        self.judged = Counter(dict.fromkeys(("allow", "hold", "reject", "failed", "skipped"), 0))
        self.judging = Histogram(SECONDS)

    def closed(self, code: int) -> None:
        """Count a socket's end. Codes that peers made up are counted together, as 0."""
        self.closes[code if code in CODES else 0] += 1
