"""Which passwords there may be, and hashing them with argon2id, two at a time in threads, so that a rush of sign-ins
does not slow the chat.

The cost is what OWASP asks for: 19 MiB, two passes, one lane.
"""

import gzip
import secrets
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TypeVar

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webchat.commands import clean
from webchat.errors import Malformed, Unavailable, sentence as _

SHORTEST, LONGEST = 8, 128
"""Characters of a password."""

MOST = 100
"""The most passwords that are hashed or wait for it: some two seconds of work."""
T = TypeVar("T")


class _Turns:
    """Lets two work at once, and not too many wait."""

    def __init__(self) -> None:
        self._two = anyio.CapacityLimiter(2)
        self._asking = 0

    async def take(self, work: Callable[..., T], *args: str) -> T:
        """What ``work`` returns, done in a thread. Raises Unavailable."""
        if self._asking >= MOST:
            raise Unavailable(_("Many people are signing in at the moment. Try again in a few seconds."))
        self._asking += 1
        try:
            return await anyio.to_thread.run_sync(work, *args, limiter=self._two)
        finally:
            self._asking -= 1


_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_TURNS = _Turns()


def check(password: str) -> None:
    """Raises Malformed for a password that is too short or too long, has control characters, or is among those that are
    tried first by whoever guesses. There are no other rules."""
    if len(password) < SHORTEST:
        raise Malformed(_("A password needs at least %(count)s characters."), count=SHORTEST)
    if len(password) > LONGEST:
        raise Malformed(_("A password may have at most %(count)s characters."), count=LONGEST)
    clean(password)
    if password.lower() in _common():
        raise Malformed(_("Many people have this password, so it is easy to guess. Choose another one."))


async def hashed(password: str) -> str:
    """The hash to store. Raises Unavailable while too many wait for one."""
    return await _TURNS.take(_HASHER.hash, password)


def made_up() -> tuple[str, str]:
    """A password of 128 random bits, and its hash, which need not be slow to make: nobody finds that by trying."""
    secret = secrets.token_urlsafe(16)
    return secret, _QUICK.hash(secret)


async def matches(stored: str, password: str) -> bool:
    """Whether the password is the one. An empty ``stored`` takes as long as any other, and never matches; so does one
    that was `made_up`.

    Raises Unavailable while too many wait for an answer.
    """
    return await _TURNS.take(_verify, stored, password)


def _verify(stored: str, password: str) -> bool:
    known = stored or _nobodys()
    try:
        is_right = _HASHER.verify(known, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        is_right = False
    if _is_quick(known):  # otherwise how long it took would say that there is such an account
        _HASHER.hash(password)
    return is_right


def _is_quick(stored: str) -> bool:
    try:
        return _HASHER.check_needs_rehash(stored)
    except InvalidHashError:
        return True


@cache
def _common() -> frozenset[str]:
    """The passwords that are used most, in small letters, as far as they are long enough."""
    packed = files("webchat.chat").joinpath("vendor/common-passwords/common-passwords.txt.gz").read_bytes()
    return frozenset(line for line in gzip.decompress(packed).decode().splitlines() if len(line) >= SHORTEST)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
