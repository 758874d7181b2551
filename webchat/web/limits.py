"""Rates and caps of the doors: token buckets by actor or network, and how many sockets each may hold."""

import ipaddress
import resource
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

from webchat.between import Spent
from webchat.commands import (
    ArchiveRoom,
    BeginConversation,
    Command,
    CreateRoom,
    EditRoom,
    OpenDirect,
    PostMessage,
    ReportMessage,
    RestoreRoom,
    SetRules,
    TryJudge,
    TrySiteJudge,
)
from webchat.errors import TooFast, Unavailable, sentence as _
from webchat.model import Actor, Guest
from webchat.web.rush import Rush

RATES: dict[str, tuple[float, float]] = {
    "post": (5, 20),
    "command": (20, 60),
    "rooms": (0.1, 20),
    "sign-in": (0.2, 10),
    "sign-up": (1 / 60, 10),
    "sessions": (1 / 60, 30),
    "identify": (2, 60),
    "reports": (1 / 60, 4),
    "conversations": (1 / 20, 10),
    "guest-posts": (2, 40),
    "identities": (1 / 30, 20),
    "connect": (10, 60),
    "guests": (20, 100),
    "hooks": (20, 100),
    "mail": (1 / 600, 5),
    "data": (1 / 60, 5),
    "files": (100 / 3600, 100),
    "search": (1, 20),
    "people": (2, 60),
}
"""For each kind: how many a second, and how many at once. ``rooms`` is for making and changing them, and trying their
judges, besides what any command counts, since many are told. ``guests`` is for all guests of one network together,
since a guest costs nothing: each request without a cookie is a new one; ``hooks`` the same for addresses of bots,
besides what the bot may post. ``sessions`` is for how often one account signs in, ``mail`` for asking addresses whose
they are, ``identify`` for the tokens of sites, ``reports`` for what guests of one network report, since so many hide a
message, ``conversations`` for what they begin, since agents are called, ``guest-posts`` for what they say,
``identities`` for how many they become, and ``data`` for all that is kept of somebody. ``files`` is for megabytes of
files, begun ones too, ``search`` for looking for messages, and ``people`` for looking for people by what they are
called: the guests of a network together."""
SPEECH = (PostMessage, BeginConversation)
"""The commands that say something."""
OF_ROOMS = (CreateRoom, EditRoom, SetRules, ArchiveRoom, RestoreRoom, OpenDirect, TryJudge, TrySiteJudge)
SHARED = ("sign-in", "sign-up", "sessions", "identify", "identities", "reports", "conversations", "rooms", "files")
"""The kinds that the processes of a place count together: what is made stays, however many processes there are. The
others are about what one process can bear."""
TABLE = 100_000
"""The most buckets remembered; the longest unused go first."""
SOCKETS_PER_NETWORK = 50
SOCKETS_PER_USER = 20
SHARED_OUT = 9
"""Tenths of the sockets of a process that frames on the pages of others may take: they get along without, and people of
the place do not."""
RESERVED = 100
"""Files that the process may open which are no sockets: the database, the pages' own connections, and some room."""


class Limits:
    """The counts of one process, and what others ``tell`` it of what is counted together; while they cannot, it counts
    alone. ``enabled=False``, for load tests, lets in all that the process can hold, or the most ``sockets`` it may."""

    def __init__(
        self,
        enabled: bool,
        clock: Callable[[], float] = time.monotonic,
        tell: Callable[[Spent], None] = lambda _news: None,
        sockets: int = 0,
        rush: Rush | None = None,
    ) -> None:
        self._enabled = enabled
        self._clock = clock
        self._tell = tell
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._sockets: Counter[str] = Counter()
        self._held = 0
        self._most = sockets or sys.maxsize
        self._rush = rush or Rush(0)

    def take(self, kind: str, who: str, goes: int = 1) -> None:
        """Use one of ``who``'s goes, or several. Raises TooFast, saying for how long, when there are not so many."""
        if not self._enabled:
            return
        tokens = self._spend(kind, who, goes)
        if tokens < goes:
            raise wait((goes - tokens) / RATES[kind][0])
        if kind in SHARED:
            self._tell(Spent(kind, who, goes))

    def heard(self, news: Spent) -> None:
        """Count what was used at another process. What a newer program counts is nothing to this one."""
        if news.kind in SHARED:
            self._spend(news.kind, news.who, news.goes)

    def act(self, posting: bool, actor: Actor, where: str) -> None:
        """Use one of an actor's goes, at a network ``where``. Raises TooFast."""
        if isinstance(actor, Guest):
            self.take("guests", where)
        self.take("post" if posting else "command", actor_key(actor))

    def ask(self, command: Command, actor: Actor, where: str) -> None:
        """Use one of an actor's goes for a command. Raises TooFast."""
        if self._enabled and isinstance(command, PostMessage):
            self._rush.take(command, actor)
        self.act(isinstance(command, SPEECH), actor, where)
        if isinstance(command, OF_ROOMS):
            self.take("rooms", actor_key(actor))
        if isinstance(actor, Guest) and not actor.vouched:
            if isinstance(command, ReportMessage):
                self.take("reports", where)
            if isinstance(command, PostMessage):
                self.take("guest-posts", where)
            if isinstance(command, BeginConversation):
                self.take("conversations", where)

    def search(self, actor: Actor, where: str, what: Literal["search", "people"] = "search") -> None:
        """Use one of an actor's goes to look for messages, or for people. Raises TooFast."""
        self.take(what, where if isinstance(actor, Guest) else actor_key(actor))

    def upload(self, size: int, actor: Actor, where: str) -> None:
        """Use an actor's goes for a file of so many bytes. Raises TooFast."""
        self.act(False, actor, where)
        goes = min(-(-size // 1_000_000), int(RATES["files"][1]))
        for who in [actor_key(actor), *([where] if isinstance(actor, Guest) else [])]:
            self.take("files", who, goes)

    def need_room(self, *, spare: bool = False) -> None:
        """Raises Unavailable when the process has as many sockets as it may, or nearly so for those that are to
        ``spare`` some for others."""
        most = min(_files() - RESERVED, self._most)
        if self._held >= (most * SHARED_OUT // 10 if spare else most):
            raise Unavailable(_("There are too many connections at the moment. Try again in a moment."))

    @contextmanager
    def socket(self, network_: str, user: int, *, spare: bool = False) -> Iterator[None]:
        """Hold one socket. Raises Unavailable when the network, the user or the process has too many."""
        self.need_room(spare=spare)
        held = [(f"network {network_}", SOCKETS_PER_NETWORK)]
        if user:
            held.append((f"user {user}", SOCKETS_PER_USER))
        if self._enabled and any(self._sockets[who] >= most for who, most in held):
            raise Unavailable(_("There are too many connections from you. Close some pages and try again."))
        self._sockets.update(who for who, _most in held)
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            for who, _most in held:
                self._sockets[who] -= 1
                if not self._sockets[who]:
                    del self._sockets[who]

    def _spend(self, kind: str, who: str, goes: int) -> float:
        """Use so many goes if there are; how many there were."""
        rate, burst = RATES[kind]
        now = self._clock()
        tokens, then = self._buckets.pop((kind, who), (burst, now))
        tokens = min(burst, tokens + (now - then) * rate)
        self._buckets[kind, who] = (tokens - goes if tokens >= goes else tokens, now)
        if len(self._buckets) > TABLE:
            self._buckets.popitem(last=False)
        return tokens


def wait(seconds: float) -> TooFast:
    """What is raised for somebody who has to wait that long."""
    whole = max(1, round(seconds))
    if whole == 1:
        return TooFast(_("That was too fast. Try again in a second."), seconds=whole)
    return TooFast(_("That was too fast. Try again in %(seconds)s seconds."), seconds=whole)


@lru_cache(1024)
def network(address: str) -> str:
    """The network an address is counted under: itself for IPv4, its /64 for IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    parsed = (parsed.version == 6 and parsed.ipv4_mapped) or parsed  # as IPv4 comes to who listens to both
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _files() -> int:
    """The most files, and so sockets, that the process may open now."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if most == resource.RLIM_INFINITY else most


def actor_key(actor: Actor) -> str:
    """Names an actor among all actors."""
    return author_key(actor.id, actor.key if isinstance(actor, Guest) else "")


def author_key(user: int, guest: str) -> str:
    """The same of whoever said something, by what is kept of them."""
    return f"user {user}" if user else f"guest {guest}"
