"""Guessing at passwords is made slow: each attempt that fails makes the next one wait longer.

Attempts are counted three times: for the account from that network, for the network, and for the account from
everywhere. The last two are not asked where the account's owner is signed in already, so that strangers, however many,
cannot keep anybody out of their own account.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from webchat.between import Attempted
from webchat.web.limits import wait

FREE = {"account from network": 5, "network": 20, "account": 50}
"""For each count, how many attempts there are before the first wait. It is a second, and then twice the one before."""
LONGEST = 300
"""The longest wait, in seconds."""
FORGOTTEN = 3600
"""Seconds without an attempt after which a count begins anew."""
TABLE = 100_000
"""The most counts remembered; the longest unused go first."""

Key = tuple[str, str, str]


class Attempts:
    """The counts of one process, and what others ``tell`` it; while they cannot, it counts alone. ``enabled=False``
    lets everything through, for load tests."""

    def __init__(
        self,
        enabled: bool,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[Attempted], None] = lambda _news: None,
    ) -> None:
        self._enabled = enabled
        self._tell = tell
        self._clock = clock
        self._counts: OrderedDict[Key, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def take(self, name: str, network: str, familiar: bool) -> None:
        """Count an attempt before its password is looked at, so that many at once are no way around.

        ``familiar`` is whether the account is signed in from that network. Raises TooFast, saying for how long, and
        counts nothing.
        """
        if not self._enabled:
            return
        asked, *others = _keys(name, network)
        seconds = max(map(self._wait, [asked] if familiar else [asked, *others]))
        if seconds > 0:
            raise wait(seconds)
        self._add(name, network)
        self._tell(Attempted(name, network))

    def succeeded(self, name: str, network: str) -> None:
        """Take an attempt back, whose password was right. The account's from that network are all forgiven."""
        self._take_back(name, network)
        self._tell(Attempted(name, network, right=True))

    def heard(self, news: Attempted) -> None:
        """Count what was tried at another process."""
        (self._take_back if news.right else self._add)(news.name, news.network)

    def _add(self, name: str, network: str) -> None:
        for key in _keys(name, network):
            self._put(key, self._count(key) + 1)

    def _take_back(self, name: str, network: str) -> None:
        asked, *others = _keys(name, network)
        self._counts.pop(asked, None)
        for key in others:
            if count := self._count(key):
                self._counts[key] = (count - 1, self._counts[key][1])

    def _wait(self, key: Key) -> float:
        over = self._count(key) - FREE[key[0]]
        if over < 0:
            return 0
        return self._counts[key][1] + min(2.0 ** min(over, 30), LONGEST) - self._clock()

    def _count(self, key: Key) -> int:
        count, at = self._counts.get(key, (0, 0.0))
        return count if self._clock() - at < FORGOTTEN else 0

    def _put(self, key: Key, count: int) -> None:
        self._counts.pop(key, None)
        self._counts[key] = (count, self._clock())
        if len(self._counts) > TABLE:
            self._counts.popitem(last=False)


def _keys(name: str, network: str) -> list[Key]:
    return [("account from network", name, network), ("network", "", network), ("account", name, "")]
