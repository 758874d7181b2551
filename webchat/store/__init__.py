"""Facts: the only SQL. A `Store` runs plain functions of a transaction; the modules beside it hold the statements."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


class Tx(Protocol):
    """An open transaction. Statements write their places as ``$1``, ``$2`` …, and each may be used more than once."""

    def one(self, sql: str, *args: object) -> Row | None:
        """The first row, or None."""

    def all(self, sql: str, *args: object) -> list[Row]:
        """All rows."""

    def run(self, sql: str, *args: object) -> None:
        """Run a statement for its effect."""


class Store(Protocol):
    """A database. Functions given to it must not await, and must not keep the transaction."""

    epoch: str
    """Names this database; another one after a restore."""

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` in a read-only snapshot."""

    async def write(self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None) -> T:
        """Run ``fn`` in a transaction; return what it returned once that is on disk.

        Nothing is awaited before it is queued. What ``fn`` raises undoes what it did, nobody else's work, and is raised
        here. ``then`` is called with the result in the caller's event loop, in order of commits and before anybody
        hears of them; also when the caller has gone away meanwhile, for what is queued is done.

        Raises:
            Unavailable: the database cannot be written now; nothing was changed.
        """

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
