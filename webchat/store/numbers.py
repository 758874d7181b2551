"""The numbers that tables gave their rows: none is given again, whatever was deleted, and in a copy neither."""

from collections.abc import Mapping

from webchat.store import Tx

_GIVEN = {
    "sqlite": "SELECT name, seq FROM sqlite_sequence",
    "postgres": "SELECT c.table_name, coalesce(pg_sequence_last_value(CAST(pg_get_serial_sequence("
    "quote_ident(c.table_name), c.column_name) AS regclass)), 0) FROM information_schema.columns c"
    " WHERE c.table_schema = current_schema() AND c.is_identity = 'YES'",
}
_REMEMBERED = (
    "SELECT coalesce(max(n), 0) FROM (SELECT max(common_seen) AS n FROM users UNION ALL SELECT max(common_read) FROM"
    " users UNION ALL SELECT max(mailed) FROM mail_addresses) AS known"
)
"""The highest number of a notice that somebody was shown or sent: a new one below it would never be."""
_RISING = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"


def given(tx: Tx) -> dict[str, int]:
    """The highest number that each table ever gave, as far as it is known."""
    found = {str(row[0]): int(row[1]) for row in tx.all(_GIVEN[tx.kind])}
    remembered = tx.one(_REMEMBERED)
    found["notices"] = max(found.get("notices", 0), int(remembered[0]) if remembered else 0)
    return found


def go_on(tx: Tx, after: Mapping[str, int]) -> None:
    """Let tables give higher numbers than these from now on, and than all that they have or gave."""
    if tx.kind == "sqlite":
        for (name,) in tx.all(_RISING):
            tx.run(
                "INSERT INTO sqlite_sequence (name, seq) SELECT $1, 0"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
                name,
            )
            tx.run("UPDATE sqlite_sequence SET seq = max(seq, $2) WHERE name = $1", name, after.get(name, 0))
        return
    for table, last in given(tx).items():
        tx.run(
            f"SELECT setval(pg_get_serial_sequence($1, 'id'),"  # noqa: S608 # from the catalogue
            f" greatest(1, CAST($2 AS BIGINT), (SELECT max(id) FROM {table})))",
            table,
            max(last, after.get(table, 0)),
        )
