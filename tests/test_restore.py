"""Restore: a whole copy is put in place, what was there is kept, and whatever is refused changes nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.tools.databases import bodies, broken, files, filled, killed, quiet, say, sql
from webchat import backups
from webchat.desk import desk
from webchat.errors import StartRefused
from webchat.settings import Settings
from webchat.store import copies, folder, schema


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a database."""
    return filled(tmp_path / "data")


@pytest.fixture
def copy(data: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    backups.backup(data, tmp_path / "copy.db", quiet)
    return tmp_path / "copy.db"


# What a restore is


def test_a_restore_on_a_new_folder_is_the_same_place_with_another_epoch(copy: Path, data: Path, tmp_path: Path) -> None:
    before = copy.read_bytes()
    restored = backups.restore(tmp_path / "new", copy, quiet)
    assert restored == backups.Restored(copies.Contents(1, 1, 60), None)
    assert copy.read_bytes() == before
    new = tmp_path / "new" / "webchat.db"
    assert new.stat().st_mode & 0o777 == 0o600
    assert new.parent.stat().st_mode & 0o777 == 0o700
    assert sql(new, "PRAGMA integrity_check") == [("ok",)]
    say(tmp_path / "new", "and on it goes")
    assert bodies(tmp_path / "new") == [*bodies(data), "and on it goes"]
    epochs = [sql(place / "webchat.db", "SELECT value FROM meta WHERE key = 'epoch'") for place in (data, new.parent)]
    assert epochs[0] != epochs[1] != []


def test_what_was_there_is_kept_and_can_be_restored_again(copy: Path, data: Path) -> None:
    say(data, "after the backup")
    kept = backups.restore(data, copy, quiet).kept
    assert kept
    assert kept.parent == data
    assert "after the backup" not in bodies(data)
    again = backups.restore(data, kept, quiet).kept
    assert again not in (None, kept)
    assert bodies(data)[-1] == "after the backup"
    assert len(list(data.glob("*.db"))) == 3


def test_what_a_killed_server_left_in_its_log_is_kept(copy: Path, data: Path) -> None:
    program = (
        "import asyncio, os, sys\nfrom pathlib import Path\nfrom webchat.store import meta\n"
        "from webchat.store.sqlite import open_sqlite\nstore = open_sqlite(Path(sys.argv[1]))\n"
        "asyncio.run(store.write(lambda tx: meta.put(tx, 'acked', 'yes')))\nos.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(data / "webchat.db")], check=False)
    assert (data / "webchat.db-wal").stat().st_size > 0
    kept = backups.restore(data, copy, quiet).kept
    assert kept
    assert sql(kept, "SELECT value FROM meta WHERE key = 'acked'") == [("yes",)]
    assert sql(data / "webchat.db", "SELECT value FROM meta WHERE key = 'acked'") == []


def test_a_damaged_database_can_be_replaced_and_nothing_of_it_stays(copy: Path, data: Path) -> None:
    (data / "webchat.db").write_bytes(b"no database" * 1000)
    (data / "webchat.db-wal").write_bytes(b"no log" * 1000)
    kept = backups.restore(data, copy, quiet).kept
    assert kept
    assert kept.read_bytes() == b"no database" * 1000
    assert Path(f"{kept}-wal").read_bytes() == b"no log" * 1000
    assert not (data / "webchat.db-wal").exists()
    assert len(bodies(data)) == 60


def test_a_log_without_its_database_is_put_aside(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "webchat.db-wal").write_bytes(b"no log" * 1000)
    assert backups.restore(tmp_path / "new", copy, quiet).kept is None
    assert len(bodies(tmp_path / "new")) == 60


def test_a_copy_made_by_hand_with_its_log_is_taken_whole(data: Path, tmp_path: Path) -> None:
    with desk(Settings(data=data)) as at:
        at.send("lobby", "in the log only")
        shutil.copytree(data, tmp_path / "by-hand")
    assert (tmp_path / "by-hand" / "webchat.db-wal").stat().st_size > 0
    backups.restore(tmp_path / "new", tmp_path / "by-hand" / "webchat.db", quiet)
    assert bodies(tmp_path / "new")[-1] == "in the log only"
    assert sql(tmp_path / "new" / "webchat.db", "SELECT 1 FROM meta WHERE key = 'epoch'") == []


# What a restore refuses


def not_a_database(tmp_path: Path, copy: Path) -> None:
    copy.write_bytes(b"This is a diary." * 1000)


def empty(tmp_path: Path, copy: Path) -> None:
    copy.write_bytes(b"")


def cut_short(tmp_path: Path, copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def damaged(tmp_path: Path, copy: Path) -> None:
    broken(copy)


def of_another_program(tmp_path: Path, copy: Path) -> None:
    copy.unlink()
    sql(copy, "CREATE TABLE messages (id INTEGER)")


def with_a_table_missing(tmp_path: Path, copy: Path) -> None:
    sql(copy, "DROP TABLE jobs")


def with_a_column_missing(tmp_path: Path, copy: Path) -> None:
    sql(copy, "ALTER TABLE users DROP COLUMN notified")


def of_a_newer_program(tmp_path: Path, copy: Path) -> None:
    sql(copy, "PRAGMA user_version = 9999")


def gone(tmp_path: Path, copy: Path) -> None:
    copy.unlink()


def a_folder(tmp_path: Path, copy: Path) -> None:
    copy.unlink()
    copy.mkdir()


def a_pipe(tmp_path: Path, copy: Path) -> None:
    copy.unlink()
    os.mkfifo(copy)


def the_database_itself(tmp_path: Path, copy: Path) -> None:
    copy.unlink()
    copy.symlink_to(tmp_path / "data" / "webchat.db")


BAD = [not_a_database, empty, cut_short, damaged, of_another_program, with_a_table_missing, with_a_column_missing,
       of_a_newer_program, gone, a_folder, a_pipe, the_database_itself]  # fmt: skip


@pytest.mark.parametrize("spoil", BAD, ids=[spoil.__name__ for spoil in BAD])
def test_what_is_no_whole_backup_of_ours_changes_nothing(
    copy: Path, data: Path, tmp_path: Path, spoil: Callable[[Path, Path], None]
) -> None:
    spoil(tmp_path, copy)
    before = files(data)
    for into in [data, *([tmp_path / "new"] if spoil is not the_database_itself else [])]:
        with pytest.raises(StartRefused) as refused:
            backups.restore(into, copy, quiet)
        assert "\n" not in str(refused.value)
    assert files(data) == before
    assert not (tmp_path / "new").exists()


@pytest.fixture
def somebody(data: Path) -> Iterator[apsw.Connection]:
    """Another program that has the database open."""
    with closing(apsw.Connection(str(data / "webchat.db"))) as connection:
        connection.execute("SELECT count(*) FROM users").fetchall()
        yield connection


def test_a_database_that_another_program_has_open_is_not_replaced(
    copy: Path, data: Path, somebody: apsw.Connection
) -> None:
    before = files(data)
    with pytest.raises(StartRefused, match="Another program"):
        backups.restore(data, copy, quiet)
    assert files(data) == before


def test_nobody_else_works_there_meanwhile(copy: Path, data: Path, tmp_path: Path) -> None:
    with desk(Settings(data=data)), pytest.raises(StartRefused, match="at work"):
        backups.restore(data, copy, quiet)
    with folder.only_server(data), pytest.raises(StartRefused, match=f"process {os.getpid()}"):
        backups.restore(data, copy, quiet)
    tried: list[str] = []

    def try_all(what: str) -> None:
        if what.startswith("Copying") and not tried:
            for refused in (
                lambda: say(data, "lost?"),
                lambda: backups.backup(data, tmp_path / "other.db", quiet),
                lambda: backups.restore(data, copy, quiet),
                lambda: backups.migrate(data),
                lambda: folder.only_server(data).__enter__(),
            ):
                with pytest.raises(StartRefused):
                    refused()
                tried.append(what)

    backups.restore(data, copy, try_all)
    assert len(tried) == 5


@pytest.mark.parametrize(
    "when", ["", "Path.replace = lambda *_: kill()", "backups.folder.give_name = lambda *_: kill()"]
)
def test_a_killed_restore_leaves_the_old_database_and_the_next_one_works(copy: Path, data: Path, when: str) -> None:
    before = bodies(data)
    say(data, "after the backup")
    killed("restore", data, copy, when)
    assert bodies(data) == [*before, "after the backup"]
    kept = backups.restore(data, copy, quiet).kept
    assert bodies(data) == before
    assert sorted(path.name for path in data.glob("*.db")) == sorted(["webchat.db", kept.name if kept else ""])
    assert not list(data.glob(f".*{folder.STAGING}"))
    assert (data / "webchat.db").stat().st_nlink == 1


def test_a_restored_old_backup_is_brought_up_to_date(copy: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema.steps("sqlite")
    monkeypatch.setattr(schema, "steps", lambda _kind: [*before, "CREATE TABLE later (id INTEGER)"])
    backups.restore(data, copy, quiet)
    say(data, "with the new schema")
    assert sql(data / "webchat.db", "PRAGMA user_version") == [(len(before) + 1,)]
