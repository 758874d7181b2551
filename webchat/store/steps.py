"""The numbered steps of the schema: how far a database has come, bringing it further, and whether it is ours."""

from pathlib import Path

import apsw

from webchat.errors import StartRefused
from webchat.store import schema

OURS = {"table meta.key", "table users.id", "table rooms.id", "table messages.id"}
"""What every version has."""

_CONTENTS = (
    "SELECT m.type || ' ' || m.name || coalesce('.' || c.name, '') FROM sqlite_schema m"
    " LEFT JOIN pragma_table_info(m.name) c ON m.type = 'table' WHERE m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)


def version(connection: apsw.Connection) -> int:
    """The schema that the database has; 0 if none."""
    return int(str(connection.execute("PRAGMA user_version").fetchall()[0][0]))


def bring_up(connection: apsw.Connection) -> None:
    """Run the steps that are due, in the transaction that is open.

    Raises:
        StartRefused: a newer program made the database, or another program, or its rows do not fit together.
    """
    done = version(connection)
    if done > schema.known():
        raise StartRefused(schema.newer("The database", done))
    if done == 0 and _contents(connection):
        raise StartRefused("The database is another program's: it has tables, and none of webchat's schemas.")
    for number, step in enumerate(schema.steps("sqlite")[done:], done + 1):
        connection.execute(step).fetchall()
        connection.execute(f"PRAGMA user_version={number}").fetchall()
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            raise StartRefused(f"The database refers to rows that it does not have, so step {number} cannot be taken.")


def require_ours(connection: apsw.Connection, path: Path) -> None:
    """Raises StartRefused unless the database at ``path`` is one of ours, and not a newer program's."""
    if not _contents(connection) >= OURS:
        raise StartRefused(f"{path} is a database, but not one of webchat.")
    if (found := version(connection)) > schema.known():
        raise StartRefused(schema.newer(str(path), found))
    if lacking := missing(connection):
        raise StartRefused(f"{path} is not a whole database of webchat: it lacks {lacking[0]}.")


def missing(connection: apsw.Connection) -> list[str]:
    """What the database lacks of the schema that it says it has: tables, columns, indexes."""
    model = apsw.Connection(":memory:")
    try:
        for step in schema.steps("sqlite")[: version(connection)]:
            model.execute(step).fetchall()
        return sorted(_contents(model) - _contents(connection))
    finally:
        model.close()


def _contents(connection: apsw.Connection) -> set[str]:
    return {str(row[0]) for row in connection.execute(_CONTENTS)}
