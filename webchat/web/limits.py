"""Rates and caps of the doors: token buckets by actor or network, and how many sockets each may hold."""

import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webchat.errors import TooFast, Unavailable, sentence as _
from webchat.model import Actor, Guest, User

RATES: dict[str, tuple[float, float]] = {
    "post": (5, 20),
    "command": (20, 60),
    "sign-in": (0.2, 10),
    "connect": (10, 60),
    "guests": (20, 100),
}
"""For each kind: how many a second, and how many at once. ``guests`` is for all guests of one network together, since a
guest costs nothing: each request without a cookie is a new one."""
TABLE = 100_000
"""The most buckets remembered; the longest unused go first."""
SOCKETS_PER_NETWORK = 50
SOCKETS_PER_USER = 20


class Limits:
    """The counts of one process. ``enabled=False`` lets everything through, for load tests."""

    def __init__(self, enabled: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._enabled = enabled
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._sockets: Counter[str] = Counter()

    def take(self, kind: str, who: str) -> None:
        """Use one of ``who``'s goes. Raises TooFast, saying for how long, when there is none."""
        if not self._enabled:
            return
        rate, burst = RATES[kind]
        now = self._clock()
        tokens, then = self._buckets.pop((kind, who), (burst, now))
        tokens = min(burst, tokens + (now - then) * rate)
        self._buckets[kind, who] = (max(0.0, tokens - 1) if tokens >= 1 else tokens, now)
        if len(self._buckets) > TABLE:
            self._buckets.popitem(last=False)
        if tokens < 1:
            seconds = max(1, round((1 - tokens) / rate))
            raise TooFast(_("That was too fast. Try again in %(seconds)s seconds."), seconds=seconds)

    def act(self, posting: bool, actor: Actor, where: str) -> None:
        """Use one of an actor's goes, at a network ``where``. Raises TooFast."""
        if isinstance(actor, Guest):
            self.take("guests", where)
        self.take("post" if posting else "command", actor_key(actor))

    @contextmanager
    def socket(self, network_: str, user: int) -> Iterator[None]:
        """Hold one socket. Raises Unavailable when the network or the user has too many."""
        held = [(f"network {network_}", SOCKETS_PER_NETWORK)]
        if user:
            held.append((f"user {user}", SOCKETS_PER_USER))
        if self._enabled and any(self._sockets[who] >= most for who, most in held):
            raise Unavailable(_("There are too many connections from you. Close some pages and try again."))
        self._sockets.update(who for who, _most in held)
        try:
            yield
        finally:
            for who, _most in held:
                self._sockets[who] -= 1
                if not self._sockets[who]:
                    del self._sockets[who]


def network(address: str) -> str:
    """The network an address is counted under: itself for IPv4, its /64 for IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def actor_key(actor: Actor) -> str:
    """Names an actor among all actors."""
    return f"user {actor.id}" if isinstance(actor, User) else f"guest {actor.key}"
