"""A database of an earlier schema is brought to this one with all that was in it."""

from importlib.resources import files
from pathlib import Path

import apsw
import pytest

from webchat.errors import StartRefused
from webchat.store.sqlite import open_sqlite

EARLIER = ("0001_heart.sql", "0002_indexes.sql", "0003_invitations.sql")
FILLED = """
INSERT INTO users (id, name, title, role, password, created) VALUES (2, 'ann', 'Ann', 'admin', 'hash', 5),
 (3, 'bob', 'Bob', 'admin', '', 6), (4, 'cat', 'Cat', 'member', '', 7);
INSERT INTO sessions (id, user_id, created, expires) VALUES ('s', 2, 8, 9);
INSERT INTO rooms (id, slug, title, kind, guests, created) VALUES (1, 'lobby', 'Lobby', 'open', 'none', 1);
INSERT INTO memberships (room_id, user_id) VALUES (1, 2), (1, 3), (1, 4);
INSERT INTO invitations (id, code, role, maker, created, expires, uses) VALUES (1, 'code', 'member', 2, 1, 0, 0);
INSERT INTO invitation_rooms VALUES (1, 1);
"""


def earlier(path: Path, more: str = "") -> None:
    connection = apsw.Connection(str(path))
    for name in EARLIER:
        connection.execute(files("webchat.store").joinpath("schema/sqlite", name).read_text("utf-8")).fetchall()
    connection.execute(FILLED + more).fetchall()
    connection.execute(f"PRAGMA user_version={len(EARLIER)}").fetchall()
    connection.close()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(path))
    try:
        return list(connection.execute(sql))
    finally:
        connection.close()


def test_nothing_is_lost_and_the_first_admin_is_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "webchat.db"
    earlier(path)
    open_sqlite(path).close()
    people = rows(path, "SELECT name, role, password FROM users WHERE id > 1 ORDER BY id")
    assert people == [("ann", "owner", "hash"), ("bob", "admin", ""), ("cat", "member", "")]
    assert rows(path, "SELECT id, user_id, seen FROM sessions") == [("s", 2, 8)]
    assert rows(path, "SELECT count(*) FROM memberships") == [(3,)]
    assert rows(path, "SELECT maker FROM invitations JOIN invitation_rooms ON id = invitation_id") == [(2,)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_rows_that_do_not_fit_together_are_left_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "webchat.db"
    earlier(path, "PRAGMA foreign_keys=OFF; INSERT INTO sessions VALUES ('of nobody', 99, 8, 9);")
    with pytest.raises(StartRefused, match="refers to rows that it does not have"):
        open_sqlite(path)
    assert rows(path, "PRAGMA user_version") == [(len(EARLIER),)]
    assert rows(path, "SELECT count(*) FROM users") == [(4,)]


def test_references_are_kept_once_it_is_open(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path / "webchat.db")
    try:
        assert store._writer.execute("PRAGMA foreign_keys").fetchall() == [(1,)]
    finally:
        store.close()
