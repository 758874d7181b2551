"""Statements about many rows at once, in few forms, so that a connection keeps them prepared."""

from collections.abc import Collection, Iterator
from typing import TypeVar

T = TypeVar("T", int, str)
MOST = 512
"""How many are named in one statement; SQLite of some makers knows 999 places in it."""


def together(values: Collection[T], after: int = 0) -> Iterator[tuple[str, list[T]]]:
    """Some of the values at a time: their places in a statement, behind ``after`` others, and what stands there. The
    last one is repeated until they are a power of two."""
    left = list(values)
    for low in range(0, len(left), MOST):
        some = left[low : low + MOST]
        count = 1 << (len(some) - 1).bit_length()
        yield ", ".join(f"${after + number}" for number in range(1, count + 1)), some + some[-1:] * (count - len(some))
