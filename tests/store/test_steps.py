"""A database of an earlier schema is brought to this one with all that was in it."""

from collections.abc import Iterable
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


NAMED_BY_NUMBER = """
INSERT INTO held (id, room_id, author, guest, title, body, html, at, cid, state)
 VALUES (6, 1, 2, '', 'Ann', 'x', '', 1, 'a', 'waiting');
INSERT INTO acts (at, room_id, actor, title, what, whom, why, about)
 VALUES (1, 1, 2, 'Ann', 'reject-message', 'Cat', '', 9),
 (1, 1, 2, 'Ann', 'delete-message', 'Cat', '', 700);
INSERT INTO mutes (id, room_id, author, guest, title, until, why) VALUES (9, 1, 4, '', 'Cat', 1, '');
INSERT INTO tokens (id, user_id, hash, prefix, scopes, created, expires) VALUES (9, 2, 'h', 'p', '', 1, 0);
INSERT INTO hooks (id, user_id, room_id, hash, prefix, created) VALUES (9, 2, 1, 'h', 'p', 1);
INSERT INTO callbacks (id, user_id, room_id, url, secret, created) VALUES (9, 2, 1, 'u', 's', 1);
INSERT INTO deliveries (callback_id, room_id, asker, uid, payload, at) VALUES (9, 1, 2, 'u', 'p', 1);
"""
"""What forms and links name by its number, at the step before such numbers no longer come again."""
MADE_AGAIN = """
INSERT INTO held (room_id, author, guest, title, body, html, at, cid, state)
 VALUES (1, 2, '', 'Ann', 'x', '', 1, 'b', 'waiting');
INSERT INTO mutes (room_id, author, guest, title, until, why) VALUES (1, 3, '', 'Bob', 1, '');
INSERT INTO tokens (user_id, hash, prefix, scopes, created, expires) VALUES (2, 'i', 'p', '', 1, 0);
INSERT INTO hooks (user_id, room_id, hash, prefix, created) VALUES (2, 1, 'i', 'p', 1);
INSERT INTO callbacks (user_id, room_id, url, secret, created) VALUES (2, 1, 'u', 's', 1);
"""


def earlier(path: Path, more: str = "", later: str = "", step: int = len(EARLIER)) -> None:
    """A database as it was at one of the steps; ``later`` is put there at the last of them."""
    connection = apsw.Connection(str(path))
    names = sorted(one.name for one in files("webchat.store").joinpath("schema/sqlite").iterdir())[:step]
    for name in names:
        connection.execute(files("webchat.store").joinpath("schema/sqlite", name).read_text("utf-8")).fetchall()
        if name == EARLIER[-1]:
            connection.execute(FILLED + more).fetchall()
    connection.execute(later).fetchall()
    connection.execute(f"PRAGMA user_version={step}").fetchall()
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


def test_what_forms_name_keeps_its_number_and_the_number_of_what_is_gone_does_not_come_again(tmp_path: Path) -> None:
    path = tmp_path / "webchat.db"
    earlier(path, later=NAMED_BY_NUMBER, step=23)
    open_sqlite(path).close()
    kept = {"held": 6, "mutes": 9, "tokens": 9, "hooks": 9, "callbacks": 9}
    assert numbers(path, kept) == kept
    assert rows(path, "SELECT callback_id, payload FROM deliveries") == [(9, "p")]
    rows(path, f"PRAGMA foreign_keys=ON; {'; '.join(f'DELETE FROM {table}' for table in kept)}")  # noqa: S608
    assert rows(path, "SELECT count(*) FROM deliveries") == [(0,)]
    rows(path, MADE_AGAIN)
    assert numbers(path, kept) == dict.fromkeys(kept, 10)


def numbers(path: Path, tables: Iterable[str]) -> dict[str, object]:
    """The number of the last row of each table."""
    return {table: rows(path, f"SELECT max(id) FROM {table}")[0][0] for table in tables}  # noqa: S608


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
