"""All rows of one database put into another one of the same schema, whatever each is kept in."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import apsw

from webchat.errors import StartRefused
from webchat.store import Row, Tx, numbers, schema
from webchat.store.copies import Contents, Tell

TOGETHER = 2000
"""Rows that are read at once."""
LARGE_TOGETHER = 16
"""The same of a table whose rows may be large."""
_TABLES = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"


class Filled(Tx, Protocol):
    """A transaction that takes many rows at once."""

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for each row."""


class Table(NamedTuple):
    """A table, its columns, and those that its rows are told apart by."""

    name: str
    columns: list[str]
    key: list[str]
    is_large: bool


def require_empty(tx: Tx, what: str) -> None:
    """Raises StartRefused if people or rooms are in the database."""
    if any(contents(tx)):
        raise StartRefused(f"{what} has people or rooms in it, and is left as it is. Name an empty one.")


def contents(tx: Tx) -> Contents:
    """How much there is in a database."""
    people = "SELECT count(*) FROM users WHERE role <> 'bot'"
    counts = (people, "SELECT count(*) FROM rooms", "SELECT count(*) FROM messages")
    return Contents(*(row[0] for sql in counts if (row := tx.one(sql))))


def copy(source: Tx, target: Filled, tell: Tell) -> None:
    """Put all rows of ``source`` in the place of those of ``target``."""
    found = tables()
    for table in reversed(found):
        target.run(f"DELETE FROM {table.name}")  # noqa: S608 # our own tables
    for table in found:
        places = ", ".join(f"${number}" for number in range(1, len(table.columns) + 1))
        sql = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"  # noqa: S608 # as above
        count = source.one(f"SELECT count(*) FROM {table.name}")  # noqa: S608 # as above
        done = 0
        for rows in _pages(source, table):
            target.many(sql, rows)
            done += len(rows)
            tell(f"Copying {table.name}, {100 * done // max(1, count[0] if count else 1)} %")
    numbers.go_on(target, numbers.given(source))
    # Words are not copied, since each kind of database has its own way: whoever serves the copy puts them there.
    target.run("DELETE FROM searched")
    target.run("UPDATE jobs SET leased = 0")
    # They belong to the source: whoever serves the copy makes another epoch.
    target.run("DELETE FROM meta WHERE key = 'epoch' OR key LIKE 'server:%'")


def _pages(tx: Tx, table: Table) -> Iterator[list[Row]]:
    """The rows of a table in the order of its key, some at a time."""
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    together = min(TOGETHER, LARGE_TOGETHER) if table.is_large else TOGETHER
    places = ", ".join(f"${number}" for number in range(1, len(table.key) + 1))
    where: tuple[str, Sequence[object]] = ("", ())
    while True:
        sql = f"SELECT {columns} FROM {table.name}{where[0]} ORDER BY {key} LIMIT {together}"  # noqa: S608 # as above
        rows = tx.all(sql, *where[1])
        if rows:
            yield rows
        if len(rows) < together:
            return
        last = dict(zip(table.columns, rows[-1], strict=True))
        where = f" WHERE ({key}) > ({places})", [last[column] for column in table.key]


def tables() -> list[Table]:
    """The tables of our schema, each after those that it refers to."""
    model = apsw.Connection(":memory:")
    try:
        for step in schema.steps("sqlite"):
            model.execute(step).fetchall()
        found: dict[str, Table] = {}
        left = [str(row[0]) for row in model.execute(_TABLES)]
        while left:
            for name in left:
                refers = {str(row[2]) for row in model.execute(f"PRAGMA foreign_key_list({name})")} - {name}
                if refers <= found.keys():
                    found[name] = _table(model, name)
            left = [name for name in left if name not in found]
        return list(found.values())
    finally:
        model.close()


def _table(model: apsw.Connection, name: str) -> Table:
    columns = model.execute(f"PRAGMA table_info({name})").fetchall()
    key = sorted((int(str(row[5])), str(row[1])) for row in columns if row[5])
    is_large = any(row[2] == "BLOB" for row in columns)
    return Table(name, [str(row[1]) for row in columns], [column for _place, column in key], is_large)
