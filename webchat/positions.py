"""A position in a room: ``EPOCH.REV``. Opaque to clients; they only give it back."""

import re
from typing import NamedTuple

_SHAPE = re.compile(r"([0-9a-z]{1,32})\.(0|[1-9][0-9]{0,17})", re.ASCII)


class Position(NamedTuple):
    """A database's epoch and a room's rev in it."""

    epoch: str
    rev: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.rev}"


def parse(text: str) -> Position | None:
    """The position that ``text`` spells, or None for anything else (which clients get a reset for)."""
    if found := _SHAPE.fullmatch(text):
        return Position(found[1], int(found[2]))
    return None
