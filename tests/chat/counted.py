"""A transaction that keeps what it is asked: how much that is must not depend on how many it is about."""

from typing import Literal

from webchat.store import Row, Tx


class Counted:
    """Stands for another transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    @property
    def kind(self) -> Literal["sqlite", "postgres"]:
        return self._tx.kind

    def one(self, sql: str, *args: object) -> Row | None:
        self.asked.append((sql, args))
        return self._tx.one(sql, *args)

    def all(self, sql: str, *args: object) -> list[Row]:
        self.asked.append((sql, args))
        return self._tx.all(sql, *args)

    def run(self, sql: str, *args: object) -> None:
        self.asked.append((sql, args))
        self._tx.run(sql, *args)

    def scanned(self) -> set[str]:
        """The tables, as the statements call them, or their indexes, that SQLite reads all of. What PostgreSQL does
        depends on how much there is."""
        if self.kind == "postgres":
            return set()
        plans = [row[3] for sql, args in self.asked for row in self._tx.all(f"EXPLAIN QUERY PLAN {sql}", *args)]
        return {plan.removeprefix("SCAN ") for plan in plans if plan.startswith("SCAN")}
