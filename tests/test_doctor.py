"""The doctor: one line for each thing, what to do about it, and nothing changed by looking."""

import re
import resource
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from tests.tools.databases import broken, filled, quiet, sql
from tests.tools.server import Server
from webchat import doctor
from webchat.bus.memory import is_heard
from webchat.doctor import Finding
from webchat.settings import Settings
from webchat.store import copies, folder, schema

Make = Callable[..., Server]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder in good order."""
    return filled(tmp_path / "data")


def found(settings: Settings | Path, about: str) -> Finding:
    """What is said about one thing."""
    if isinstance(settings, Path):
        settings = Settings(data=settings, port=1)
    findings = list(doctor.examine(settings, quiet))
    [finding] = [finding for finding in findings if finding.about == about]
    return finding


def test_a_folder_in_good_order_is_all_ok_and_left_as_it_is(data: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    assert {finding.level for finding in doctor.examine(Settings(data=data, port=1), quiet)} == {"ok"}
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


def test_what_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    findings = list(doctor.examine(Settings(data=tmp_path / "new", port=1), quiet))
    assert {finding.about for finding in findings if finding.level != "ok"} == {"data folder", "database"}
    assert not doctor.is_bad(findings)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("mode", "level"), [(0o700, "ok"), (0o750, "warn"), (0o755, "warn"), (0o777, "bad")])
def test_who_may_look_into_the_folder(data: Path, mode: int, level: str) -> None:
    data.chmod(mode)
    finding = found(data, "data folder")
    assert finding.level == level
    assert level == "ok" or f"chmod 700 {data}" in finding.says


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert found(tmp_path / "file", "data folder").level == "bad"


def test_files_of_another_account(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path.lstat
    other = SimpleNamespace(st_uid=-1, st_mode=0o100600)
    monkeypatch.setattr(Path, "lstat", lambda path: other if path.name == "webchat.db" else before(path))
    assert "chown" in found(data, "data folder").says


def test_an_sqlite_that_loses_its_log(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "sqlite_version", lambda: (3, 40, 1))
    assert found(data, "SQLite") == (
        "bad", "SQLite", "Version 3.40.1 can damage a database. Install an apsw with 3.51.3 or newer.",
    )  # fmt: skip


def test_a_damaged_database(data: Path) -> None:
    sql(data / "webchat.db", "PRAGMA journal_mode=DELETE")
    broken(data / "webchat.db")
    finding = found(data, "database")
    assert finding.level == "bad"
    assert "webchat restore" in finding.says


@pytest.mark.parametrize("content", [b"", b"This is a diary." * 1000])
def test_what_is_no_database(data: Path, content: bytes) -> None:
    (data / "webchat.db").write_bytes(content)
    levels = [finding.level for finding in doctor.examine(Settings(data=data, port=1), quiet)]
    assert "bad" in levels


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 9999", "DROP TABLE jobs"])
def test_a_schema_that_this_program_cannot_use(data: Path, statement: str) -> None:
    sql(data / "webchat.db", statement)
    findings = list(doctor.examine(Settings(data=data, port=1), quiet))
    assert [finding.level for finding in findings if finding.about in ("database", "schema")] == ["ok", "bad"]


def test_a_step_that_is_due(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema.steps("sqlite")
    monkeypatch.setattr(schema, "steps", lambda _kind: [*before, "CREATE TABLE later (id INTEGER)"])
    finding = found(data, "schema")
    assert finding.level == "warn"
    assert "webchat migrate" in finding.says


@pytest.mark.parametrize(("shift", "level"), [(0, "ok"), (-3600, "warn"), (-(10**9), "bad")])
def test_a_clock_that_cannot_be_right(data: Path, monkeypatch: pytest.MonkeyPatch, shift: int, level: str) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + shift)
    assert found(data, "clock").level == level


@pytest.mark.parametrize(
    ("free", "level"), [(folder.ROOM_TO_WRITE - 1, "bad"), (folder.ROOM_TO_WRITE * 15, "warn"), (2**40, "ok")]
)
def test_a_disk_that_fills(data: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
    assert found(data, "disk").level == level


@pytest.mark.parametrize(
    ("most", "level"), [(100, "bad"), (1024, "warn"), (4096, "ok"), (resource.RLIM_INFINITY, "ok")]
)
def test_how_many_connections_there_can_be(data: Path, monkeypatch: pytest.MonkeyPatch, most: int, level: str) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (most, most))
    assert found(data, "open files").level == level


@pytest.mark.parametrize(
    ("host", "origins", "level", "says"),
    [
        ("127.0.0.1", (), "ok", "this machine only"),
        ("localhost", (), "ok", "this machine only"),
        ("127.0.0.1", ("https://chat.example",), "ok", "https://chat.example"),
        ("127.0.0.1", ("http://localhost:9000",), "ok", "localhost"),
        ("127.0.0.1", ("http://chat.example",), "warn", "unencrypted"),
        ("127.0.0.1", ("chat.example",), "bad", "Write it as"),
        ("127.0.0.1", ("https://chat.example/path",), "bad", "Write it as"),
        ("127.0.0.1", ("*",), "bad", "Write it as"),
        ("127.0.0.1", ("https://[::",), "bad", "Write it as"),
        ("0.0.0.0", (), "bad", "WEBCHAT_ORIGINS"),  # noqa: S104 - what is said of it is the point
        ("::", (), "bad", "WEBCHAT_ORIGINS"),
        ("192.0.2.1", (), "warn", "WEBCHAT_ORIGINS"),
        ("0.0.0.0", ("https://chat.example",), "ok", "https://chat.example"),  # noqa: S104 - likewise
    ],
)
def test_who_can_open_the_pages(data: Path, host: str, origins: tuple[str, ...], level: str, says: str) -> None:
    finding = found(Settings(data=data, port=1, host=host, origins=origins), "origins")
    assert finding.level == level
    assert says in finding.says


@pytest.mark.parametrize(
    ("host", "proxies", "level"),
    [
        ("127.0.0.1", Settings().proxies, "ok"),
        ("192.0.2.1", Settings().proxies, "warn"),
        ("192.0.2.1", ("10.0.0.0/8", "unix"), "ok"),
        ("192.0.2.1", (), "ok"),
        ("192.0.2.1", ("0.0.0.0/0",), "bad"),
        ("127.0.0.1", ("unix", "::/0"), "bad"),
    ],
)
def test_whom_proxies_may_speak_for(data: Path, host: str, proxies: tuple[str, ...], level: str) -> None:
    settings = Settings(data=data, port=1, host=host, origins=("https://chat.example",), proxies=proxies)
    finding = found(settings, "proxies")
    assert finding.level == level
    assert level == "ok" or "WEBCHAT_PROXIES" in finding.says


def test_a_place_that_is_open_to_the_world(data: Path) -> None:
    host = "0.0.0.0"  # noqa: S104 - what is said of it is the point
    assert found(Settings(data=data, port=1, host=host, open=True), "open").level == "warn"
    assert not [finding for finding in doctor.examine(Settings(data=data, open=True), quiet) if finding.about == "open"]


def test_a_server_that_runs(server: Server, make_server: Make) -> None:
    settings = Settings(data=server.data, port=server.port)
    assert found(settings, "server").level == "ok"
    assert is_heard(server.data / "bus.sock")
    elsewhere = found(Settings(data=server.data, port=1), "server")
    assert elsewhere.level == "warn"
    assert "--port" in elsewhere.says
    assert found(Settings(data=server.data.parent, port=server.port), "server").level == "warn"
    with closing(apsw.Connection(str(server.data / "webchat.db"))) as other:
        other.execute("BEGIN IMMEDIATE").fetchall()
        while (finding := found(settings, "server")).level == "ok":  # the answer of a moment ago
            pass
    assert finding.level == "bad"
    assert "has not taken a write" in finding.says
    server.kill()
    assert found(settings, "server") == ("ok", "server", f"None runs on {server.data}.")


def test_the_command_says_a_line_for_each_and_exits_with_1_if_anything_is_bad(make_server: Make) -> None:
    server = make_server()
    server.add_user("ann")
    done = server.run("doctor", "--port", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(re.fullmatch(r"(ok|warn|bad ) +[\w ]+: \S.*\.", line) for line in done.stdout.splitlines()), done.stdout
    assert len(done.stdout.splitlines()) == 10
    sql(server.data / "webchat.db", "PRAGMA user_version = 9999")
    done = server.run("doctor", "--port", "1")
    assert (done.returncode, done.stderr) == (1, "")
    assert [line for line in done.stdout.splitlines() if line.startswith("bad ") and "newer" in line]
    refused = server.run("doctor", "--port", "many")
    assert refused.returncode == 2
