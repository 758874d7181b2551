"""The server process: what it says, how it stops, and that it refuses to start rather than to start badly."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from websockets.asyncio.client import connect

from tests.tools.databases import sql
from tests.tools.needs import need
from tests.tools.server import Server
from webchat import process
from webchat.errors import StartRefused
from webchat.store import folder

Make = Callable[..., Server]


def refusal(server: Server, *options: str) -> str:
    """The one line with which `serve` refuses."""
    done = server.run("serve", *options)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_it_says_where_it_is_and_how_to_set_it_up(server: Server) -> None:
    assert server.said[-1] == f"webchat is ready at {server.url}"
    assert [line for line in server.said if f"{server.url}/setup?key=" in line]
    assert str(server.data) in server.said[0]
    assert not [line for line in server.said if "***" in line]
    server.add_user("ann", "--admin")
    server.stop()
    server.start()
    assert not [line for line in server.said if "/setup" in line]


def test_it_says_loudly_what_is_open(make_server: Make) -> None:
    said = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start().said
    assert [line for line in said if line.startswith("*** OPEN")]
    assert [line for line in said if line.startswith("*** WEBCHAT_LIMITS=off")]
    assert not [line for line in said if "/setup" in line]


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_when_asked(server: Server, number: signal.Signals) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):  # one that never says anything
        before = time.monotonic()
        assert server.end(number) == 0
        assert time.monotonic() - before < 5
    assert "Traceback" not in server.errors.read_text()


def test_a_second_server_on_the_same_folder_is_refused(server: Server, make_server: Make) -> None:
    second = make_server()
    second.data = server.data
    second.environ["WEBCHAT_DATA"] = str(server.data)
    said = refusal(second, "--port", "0")
    assert f"process {server.pid}" in said
    assert "--data" in said


def test_a_folder_is_free_again_however_its_server_ended(server: Server) -> None:
    server.kill()
    server.start()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_refused(make_server: Make, taken: int) -> None:
    said = refusal(make_server(), "--port", str(taken))
    assert str(taken) in said
    assert "--port" in said


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1", "a" * 300])
def test_an_address_that_is_not_here_is_refused(make_server: Make, host: str) -> None:
    refusal(make_server(), "--port", "0", "--host", host)


def test_a_folder_that_cannot_be_written_is_refused(make_server: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is a file" in refusal(make_server(), "--data", str(tmp_path / "file"))
    assert "cannot be written" in refusal(make_server(), "--data", "/proc/webchat")


def test_a_disk_that_takes_nothing_is_refused(make_server: Make) -> None:
    server = make_server()
    command = ["bash", "-c", f'ulimit -f 0; exec "{server.python}" -m webchat serve --port 0']
    done = subprocess.run(command, env=server.environ, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr


def test_a_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=folder.ROOM_TO_WRITE - 1))
    with pytest.raises(StartRefused, match="full"), folder.only_server(tmp_path):
        raise AssertionError("It started.")


def test_a_database_of_a_newer_program_is_refused(make_server: Make) -> None:
    server = make_server()
    server.add_user("ann")
    sql(server.data / "webchat.db", "PRAGMA user_version = 9999")
    assert "newer" in refusal(server, "--port", "0")


def test_what_is_no_database_is_refused(make_server: Make) -> None:
    server = make_server()
    server.data.mkdir()
    (server.data / "webchat.db").write_text("This is a diary, and not a database." * 100)
    refusal(server, "--port", "0")


@pytest.mark.parametrize(
    ("variable", "value"), [("WEBCHAT_PORT", "many"), ("WEBCHAT_OPEN", "perhaps"), ("WEB_CONCURRENCY", "4")]
)
def test_a_senseless_variable_is_refused_by_its_name(make_server: Make, variable: str, value: str) -> None:
    assert variable in refusal(make_server(environ={variable: value}))


def test_no_query_string_is_logged(server: Server) -> None:
    for host in ("127.0.0.1", "evil.example"):
        for upgrade in ("", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
                line.sendall(f"GET /socket?room=canary HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n".encode())
                assert line.recv(9) == b"HTTP/1.1 "
    server.stop()
    assert "evil.example" in server.errors.read_text()
    assert "canary" not in server.errors.read_text()


async def test_frames_are_not_compressed(open_server: Server) -> None:
    """A shared frame would have to be compressed again for each reader."""
    async with connect(f"{open_server.ws}/socket?room=lobby", compression="deflate") as socket:
        assert socket.protocol.extensions == []


def test_the_kernel_gives_up_who_takes_nothing_and_takes_little_for_who_is_behind() -> None:
    with closing(process._Listeners("127.0.0.1", 0)) as listeners:
        with socket.create_connection(("127.0.0.1", listeners.port)):
            accepted, _address = listeners.sockets[0].accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 256 * 1024


def test_it_may_hold_as_many_connections_as_the_machine_allows(server: Server) -> None:
    limits = Path(f"/proc/{server.pid}/limits")
    need(limits.exists(), "/proc")
    [line] = [line for line in limits.read_text().splitlines() if line.startswith("Max open files")]
    soft, hard = line.split()[3:5]
    assert soft == hard
