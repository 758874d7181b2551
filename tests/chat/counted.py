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
