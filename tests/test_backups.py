"""Backup and migrate: the copy is whole, what is refused changes nothing, a kill in the middle leaves no half."""

from pathlib import Path

import apsw
import pytest

from tests.tools.databases import bodies, broken, filled, killed, quiet, say, sql
from webchat import backups
from webchat.desk import desk
from webchat.errors import StartRefused
from webchat.settings import Settings
from webchat.store import copies, folder, schema


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a database."""
    return filled(tmp_path / "data")


# What a backup is


def test_a_backup_is_one_whole_private_file_without_an_epoch(data: Path, tmp_path: Path) -> None:
    contents = backups.backup(data, tmp_path / "copy.db", quiet)
    assert contents == copies.Contents(users=1, rooms=1, messages=60)
    copy = tmp_path / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.stat().st_nlink == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data"]
    assert sql(copy, "PRAGMA integrity_check") == [("ok",)]
    assert sql(copy, "PRAGMA journal_mode") == [("delete",)]
    assert sql(copy, "SELECT 1 FROM meta WHERE key = 'epoch'") == []
    assert sql(copy, "SELECT 1 FROM meta WHERE key = 'secret'") == sql(
        data / "webchat.db", "SELECT 1 FROM meta WHERE key = 'secret'"
    )
    assert [row[0] for row in sql(copy, "SELECT body FROM messages ORDER BY id")] == bodies(data)


def test_a_backup_is_of_one_moment_however_much_is_written_meanwhile(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "PAGES", 10)
    told: list[str] = []

    def write(what: str) -> None:
        if what.startswith("Copying") and len(told) < 40:
            say(data, f"meanwhile {len(told)}")
        told.append(what)

    assert backups.backup(data, tmp_path / "copy.db", write).messages == 60
    assert len([what for what in told if what.startswith("Copying")]) > 10
    assert told[0] != told[5]
    assert len(bodies(data)) > 80


# What a backup refuses


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("there.db", "there already"),
        ("link.db", "there already"),
        ("folder", "is a folder"),
        ("", "is a folder"),
        ("nowhere/copy.db", "no folder"),
        ("there.db/copy.db", "no folder"),
    ],
)
def test_a_backup_overwrites_nothing(data: Path, tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "there.db").write_text("precious")
    (tmp_path / "link.db").symlink_to("nothing")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StartRefused, match=why):
        backups.backup(data, tmp_path / name, quiet)
    assert [path for path in sorted(tmp_path.rglob("*")) if not path.name.endswith(("-wal", "-shm"))] == before
    assert (tmp_path / "there.db").read_text() == "precious"


def test_a_name_that_is_taken_meanwhile_is_left_alone(data: Path, tmp_path: Path) -> None:
    def take(what: str) -> None:
        (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(StartRefused, match="there already"):
        backups.backup(data, tmp_path / "copy.db", take)
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_where_nothing_can_be_written_nothing_is(data: Path) -> None:
    with pytest.raises(OSError, match="/proc"):
        backups.backup(data, Path("/proc/copy.db"), quiet)


@pytest.mark.parametrize("content", [None, b"", b"This is a diary." * 1000])
def test_there_is_nothing_to_copy(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "data").mkdir()
    if content is not None:
        (tmp_path / "data" / "webchat.db").write_bytes(content)
    with pytest.raises(StartRefused):
        backups.backup(tmp_path / "data", tmp_path / "copy.db", quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_damaged_database_makes_no_backup(data: Path, tmp_path: Path) -> None:
    sql(data / "webchat.db", "PRAGMA journal_mode=DELETE")
    broken(data / "webchat.db")
    with pytest.raises(StartRefused, match=r"damaged|malformed"):
        backups.backup(data, tmp_path / "copy.db", quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_second_backup_to_the_same_file_is_refused_while_the_first_runs(data: Path, tmp_path: Path) -> None:
    second: list[str] = []

    def again(what: str) -> None:
        if not second:
            with pytest.raises(StartRefused) as refused:
                backups.backup(data, tmp_path / "copy.db", quiet)
            second.append(str(refused.value))
            backups.backup(data, tmp_path / "other.db", quiet)

    backups.backup(data, tmp_path / "copy.db", again)
    assert "Another command" in second[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data", "other.db"]
    with pytest.raises(StartRefused, match="there already"):
        backups.backup(data, tmp_path / "copy.db", quiet)


@pytest.mark.parametrize("next_name", ["copy.db", "another.db"])
def test_a_killed_backup_leaves_no_file_and_the_next_one_clears_up(data: Path, tmp_path: Path, next_name: str) -> None:
    killed("backup", data, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert len(list(tmp_path.glob(f".*{folder.STAGING}"))) == 1
    backups.backup(data, tmp_path / next_name, quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([next_name, "data"])


# Migrate


def test_migrate_makes_what_is_not_there_and_says_what_is_due(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="no database"):
        backups.require_up_to_date(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert backups.migrate(tmp_path / "new") == (0, schema.known())
    assert backups.migrate(tmp_path / "new") == (schema.known(), schema.known())
    assert backups.require_up_to_date(tmp_path / "new") == schema.known()


def test_a_step_that_is_due_is_told_and_not_taken(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = "CREATE TABLE later (id INTEGER PRIMARY KEY)"
    before = schema.steps("sqlite")
    monkeypatch.setattr(schema, "steps", lambda _kind: [*before, step])
    for _ in range(2):
        with pytest.raises(StartRefused, match="webchat migrate"):
            backups.require_up_to_date(data)
    assert backups.migrate(data) == (len(before), len(before) + 1)
    assert backups.require_up_to_date(data) == len(before) + 1


def test_under_a_server_of_an_older_schema_nothing_is_changed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema.steps("sqlite")
    monkeypatch.setattr(schema, "steps", lambda _kind: [*before, "CREATE TABLE later (id INTEGER PRIMARY KEY)"])
    with folder.only_server(data):
        with pytest.raises(StartRefused, match=r"server \(process \d+\).*Stop the server, then run webchat migrate"):
            backups.migrate(data)
        with pytest.raises(StartRefused, match="Stop the server"), desk(Settings(data=data)):
            raise AssertionError("It was opened.")
    assert sql(data / "webchat.db", "PRAGMA user_version") == [(len(before),)]
    with desk(Settings(data=data)) as at:
        assert [room.slug for room in at.rooms()] == ["lobby"]
    with folder.only_server(data), desk(Settings(data=data)) as at:
        assert [room.slug for room in at.rooms()] == ["lobby"], "nothing is due"


def test_a_step_that_fails_changes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema.steps("sqlite")
    monkeypatch.setattr(
        schema, "steps", lambda _kind: [*before, "CREATE TABLE later (id INTEGER)", "CREATE TABLE later (x)"]
    )
    with pytest.raises(StartRefused, match="later"):
        backups.migrate(data)
    assert sql(data / "webchat.db", "SELECT 1 FROM sqlite_schema WHERE name = 'later'") == []
    assert sql(data / "webchat.db", "PRAGMA user_version") == [(len(before),)]


def test_another_programs_database_is_not_migrated(tmp_path: Path) -> None:
    sql(tmp_path / "webchat.db", "CREATE TABLE diary (day TEXT)")
    with pytest.raises(StartRefused, match="another program"):
        backups.migrate(tmp_path)
    assert sql(tmp_path / "webchat.db", "SELECT name FROM sqlite_schema") == [("diary",)]


def test_nobody_reads_a_folder_that_a_command_made(tmp_path: Path) -> None:
    backups.migrate(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    with desk(Settings(data=tmp_path / "new")):
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    assert modes == dict.fromkeys(["webchat.db", "webchat.db-wal", "webchat.db-shm"], 0o600)


def test_the_driver_is_the_one_whose_log_is_safe() -> None:
    assert copies.sqlite_version() == tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
