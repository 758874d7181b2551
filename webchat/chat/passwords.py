"""Hashing passwords with argon2id, two at a time in threads, so that a rush of sign-ins does not slow the chat.

The cost is what OWASP asks for: 19 MiB, two passes, one lane.
"""

from functools import cache

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_TWO = anyio.CapacityLimiter(2)


async def hashed(password: str) -> str:
    """The hash to store."""
    return await anyio.to_thread.run_sync(_HASHER.hash, password, limiter=_TWO)


async def matches(stored: str, password: str) -> bool:
    """Whether the password is the one. An empty ``stored`` takes as long as any other, and never matches."""
    return await anyio.to_thread.run_sync(_verify, stored, password, limiter=_TWO)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys(), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
