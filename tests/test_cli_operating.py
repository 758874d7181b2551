"""Backup, restore and migrate as an operator runs them: what they print, and what they say when it cannot be."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_cli import refused
from tests.tools.databases import bodies, filled
from tests.tools.server import Server

Make = Callable[..., Server]


@pytest.fixture
def folder(make_server: Make) -> Server:
    """A data folder with something in it, on which no server runs."""
    server = make_server()
    filled(server.data)
    return server


def limited(server: Server, blocks: int, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command that cannot write files longer than so many KiB: what a full disk does."""
    command = f'ulimit -f {blocks}; exec "{server.python}" -m webchat "$@"'
    return subprocess.run(
        ["bash", "-c", command, "-", *arguments],
        env=server.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_backup_and_its_restore_say_what_they_did(folder: Server, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    done = folder.run("backup", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Backed up 1 user, 1 room, 60 messages to {file}\n"
    assert "there already" in refused(folder.run("backup", str(file)))
    done = folder.run("restore", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == f"Restored 1 user, 1 room, 60 messages from {file}"
    kept = Path(second.split()[-1])
    assert kept.parent == folder.data
    assert kept.exists()


def test_a_restore_under_a_running_server_is_refused(server: Server, tmp_path: Path) -> None:
    assert server.run("backup", str(tmp_path / "copy.db")).returncode == 0
    assert f"process {server.pid}" in refused(server.run("restore", str(tmp_path / "copy.db")))
    server.kill()
    assert server.run("restore", str(tmp_path / "copy.db")).returncode == 0
    server.start()
    assert [line for line in server.said if "ready" in line]


@pytest.mark.parametrize("blocks", [0, 40, 300])
def test_a_disk_that_is_full_takes_no_backup(folder: Server, tmp_path: Path, blocks: int) -> None:
    before = bodies(folder.data)
    refused(limited(folder, blocks, "backup", str(tmp_path / "copy.db")))
    assert not list(tmp_path.glob("*copy.db*"))
    assert not list(tmp_path.glob(".*"))
    assert bodies(folder.data) == before


@pytest.mark.parametrize("blocks", [0, 40, 300])
def test_a_disk_that_is_full_restores_nothing(folder: Server, tmp_path: Path, blocks: int) -> None:
    assert folder.run("backup", str(tmp_path / "copy.db")).returncode == 0
    before = bodies(folder.data)
    refused(limited(folder, blocks, "restore", str(tmp_path / "copy.db")))
    assert [path.name for path in folder.data.glob("*.db")] == ["webchat.db"]
    assert not list(folder.data.glob(".*"))
    assert bodies(folder.data) == before


def test_what_cannot_be_is_said_in_one_line(folder: Server, tmp_path: Path) -> None:
    refused(folder.run("backup", "/proc/copy.db"))
    refused(folder.run("backup", str(tmp_path)))
    refused(folder.run("backup", str(tmp_path / "x" / "y")))
    refused(folder.run("backup", str(tmp_path / ("x" * 300))))
    refused(folder.run("backup", str(tmp_path / "two\nlines" / "x")))
    refused(folder.run("restore", str(tmp_path / "two\nlines")))
    refused(folder.run("restore", "/dev/null"))
    refused(folder.run("backup", "x.db", "--data", str(tmp_path / "nowhere")))
    refused(folder.run("restore", str(folder.data / "webchat.db"), "--data", "/proc/nowhere"))
    assert not (tmp_path / "nowhere").exists()


def test_migrate_says_what_it_did_and_check_what_is_due(make_server: Make) -> None:
    server = make_server()
    assert "no database" in refused(server.run("migrate", "--check"))
    first = server.run("migrate")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("The schema was 0 and is ")
    assert server.run("migrate").stdout.endswith(" already.\n")
    checked = server.run("migrate", "--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    (server.data / "webchat.db").write_bytes(b"This is a diary." * 1000)
    refused(server.run("migrate", "--check"))
    refused(server.run("migrate"))
