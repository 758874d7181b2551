"""The numbered steps of the schema on PostgreSQL, and the lock that everything which writes there holds."""

import time

from webchat.errors import StartRefused
from webchat.store import Tx, schema, servers

OLDEST = 130_000
"""The first version that is let in."""
_KEY = 0x77656263
LOCK, LOCK_SHARED = f"SELECT pg_advisory_xact_lock({_KEY})", f"SELECT pg_advisory_xact_lock_shared({_KEY})"
"""Held by who writes anywhere, or changes the schema; and by who writes in rooms only."""
ALONE = f"SET LOCAL statement_timeout = 0; {LOCK}"
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"


def version(tx: Tx) -> int:
    """The schema that the database has; 0 if none.

    Raises:
        StartRefused: the tables are another program's.
    """
    tables = {row[0] for row in tx.all(_TABLES)}
    if "schema_version" in tables:
        row = tx.one("SELECT number FROM schema_version")
        return int(row[0]) if row else 0
    if tables:
        raise StartRefused("The database is another program's: it has tables, and none of webchat's schemas.")
    return 0


def bring_up(tx: Tx, *, serves: bool) -> None:
    """Run the steps that are due, in the transaction that is open and holds `LOCK`, for a program that ``serves`` or
    for one beside the servers.

    Raises:
        StartRefused: a newer program made the database, or another program, or PostgreSQL is too old; or a step is due
            under servers, which another program may not take.
    """
    row = tx.one("SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding')")
    if row and row[0] < OLDEST:
        raise StartRefused(f"PostgreSQL {row[0] // 10_000} is too old. Use {OLDEST // 10_000} or newer.")
    if row and row[1] != "UTF8":
        raise StartRefused(f"The database keeps text as {row[1]}. Make one with ENCODING 'UTF8'.")
    done, due = version(tx), schema.steps("postgres")
    if done > len(due):
        raise StartRefused(schema.newer("The database", done))
    if 0 < done < len(due) and not serves and (found := servers.at_work(tx, time.time_ns() // 1_000_000)):
        hosts = ", ".join(sorted({server.host for server in found}))
        raise StartRefused(schema.served(f"A server, on {hosts},", done))
    if done == 0:
        tx.run("CREATE TABLE schema_version (number BIGINT NOT NULL)")
        tx.run("INSERT INTO schema_version (number) VALUES (0)")
    for step in due[done:]:
        tx.run(step)
    tx.run("UPDATE schema_version SET number = $1 WHERE number <> $1", len(due))
