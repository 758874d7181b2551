"""Facts: the only SQL. A `Store` runs plain functions of a transaction; the modules beside it hold the statements."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

T = TypeVar("T")
Row = tuple[Any, ...]


class Tx(Protocol):
    """An open transaction. Statements write their places as ``$1``, ``$2`` …, and each may be used more than once."""

    @property
    def kind(self) -> Literal["sqlite", "postgres"]:
        """The kind of database; only `webchat.store.search` says different things to the two."""

    def one(self, sql: str, *args: object) -> Row | None:
        """The first row, or None."""

    def all(self, sql: str, *args: object) -> list[Row]:
        """All rows."""

    def run(self, sql: str, *args: object) -> None:
        """Run a statement for its effect."""


class Reach(NamedTuple):
    """Whose write it is, and how far it reaches: into one room, named by its slug or by one of its messages, or, with
    neither, anywhere.

    While a write that reaches into a room is at work, no other is at work there, and none that reaches anywhere. What
    an author asks is done in the order it was asked.
    """

    author: str = ""
    room: str = ""
    message: int = 0
    alike: bool = False
    """Whether it gets into nobody's way who is alike too: what the one reads, the other does not change, so that they
    can be done side by side. What it stores is what it was given, or what the database answers: no time of its own."""

    @property
    def is_whole(self) -> bool:
        """Whether it may reach anywhere."""
        return not (self.room or self.message)


WHOLE = Reach()
ASIDE = Reach(room="\n")
"""For what is in nobody's way wherever it reaches: no room is called so."""

Rescue = Callable[[BaseException], "asyncio.Future[Any] | None"]
"""What is to be done instead of something that was not, in the event loop of who asked for it; None for nothing."""


class Store(Protocol):
    """A database. Functions given to it must not await, must not keep the transaction, and change nothing but the
    database: they are run again if that breaks off what they did."""

    epoch: str
    """Names this database; another one after a restore."""

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run ``fn`` in a read-only snapshot. Raises Unavailable while the database cannot be reached."""

    async def browse(self, fn: Callable[[Tx], T]) -> T:
        """The same, beside the event loop whatever the database is: for what takes longer than an indexed read."""

    async def write(self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None, reach: Reach = WHOLE) -> T:
        """Run ``fn`` in a transaction; return what it returned once that is on disk. See `begin`."""

    def begin(
        self, fn: Callable[[Tx], T], then: Callable[[T], object] | None = None, reach: Reach = WHOLE,
        rescue: Rescue | None = None,
    ) -> Awaitable[T]:  # fmt: skip
        """Queue ``fn`` to be run in a transaction; await what it returned once that is on disk.

        What ``fn`` raises undoes what it did, nobody else's work, and is raised
        here. ``then`` is called with the result in the caller's event loop, in order of commits and before anybody
        hears of them; also when the caller has gone away meanwhile, for what is queued is done. ``reach`` lets
        writes into different rooms be done side by side where the database can. ``rescue`` is called likewise with what
        ``fn`` raised, and what it begins is awaited instead.

        Raises:
            Unavailable: the database cannot be written now; nothing was changed.
        """

    def close(self) -> None:
        """Finish what is queued and let go of the database."""
