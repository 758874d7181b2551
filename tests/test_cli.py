"""The command line, as a user runs it: what each command prints, and how it refuses."""

import json
import subprocess
from collections.abc import Callable

import apsw
import click
import pytest
from click.testing import CliRunner

from tests.tools.server import Server
from webchat import __version__, cli

Make = Callable[..., Server]


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line that says why not."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture
def folder(make_server: Make) -> Server:
    """A data folder on which no server runs."""
    return make_server()


def every_command(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [before]
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command
        found += every_command(command, (*before, name)) if isinstance(command, click.Group) else [(*before, name)]
    return found


@pytest.mark.parametrize("command", every_command(cli.main), ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(cli.main, [*command, "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.output


def test_it_tells_its_version(folder: Server) -> None:
    assert folder.run("--version").stdout == f"webchat {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobnicate",),
        ("user", "add"),
        ("room", "add", "a", "--kind", "direct"),
        ("send", "lobby"),
        ("serve", "--port", "x"),
        ("serve", "--log-format", "xml"),
        ("backup",),
        ("restore", "a", "b"),
        ("doctor", "--data"),
        ("token", "revoke", "9" * 30),
    ],
)
def test_a_wrong_use_exits_with_2(folder: Server, arguments: tuple[str, ...]) -> None:
    done = folder.run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_user_gets_a_password_which_is_the_last_word(folder: Server) -> None:
    first = folder.run("user", "add", "ann", "--admin")
    assert (first.returncode, first.stderr) == (0, "")
    assert len(first.stdout.split()[-1]) >= 12
    second = folder.run("user", "passwd", "ann")
    assert second.returncode == 0
    assert second.stdout.split()[-1] != first.stdout.split()[-1]


def test_a_given_password_is_not_printed(folder: Server) -> None:
    done = folder.run("user", "add", "ann", "--password-stdin", stdin="correct horse battery\n")
    assert done.returncode == 0, done.stderr
    assert "correct" not in done.stdout + done.stderr


def test_what_cannot_be_a_user_is_refused(folder: Server) -> None:
    assert "password" in refused(folder.run("user", "add", "ann", "--password-stdin", stdin="short\n"))
    assert folder.run("user", "add", "ann", "--password-stdin").returncode == 2
    folder.add_user("ann")
    assert "taken" in refused(folder.run("user", "add", "ANN"))
    refused(folder.run("user", "add", "an n"))
    refused(folder.run("user", "passwd", "nobody"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "a\udcff"),
        ("user", "passwd", "a\udcff"),
        ("room", "add", "a\udcff"),
        ("room", "add", "a", "--title", "a\udcff"),
        ("room", "add", "a", "--title", "x" * 81),
        ("room", "add", "a", "--title", "a\x07b"),
        ("user", "add", "\N{CYRILLIC SMALL LETTER A}nn"),
        ("notify", "a\udcff", "hello"),
        ("notify", "ann", "a\udcff"),
        ("send", "lobby", "a\udcff"),
        ("send", "a\udcff", "hello"),
        ("export", "--room", "a\udcff"),
    ],
    ids=ascii,
)
def test_what_is_no_text_is_refused_in_one_line(folder: Server, arguments: tuple[str, ...]) -> None:
    """``$'\\xff'`` in a shell is half of a surrogate pair here."""
    refused(folder.run(*arguments))


@pytest.mark.parametrize("given", [b"\xff\xff\xff\xff\xff\xff\xff\xff\n", b"a password with \x00\n"])
def test_a_password_that_is_no_text_is_refused_in_one_line(folder: Server, given: bytes) -> None:
    command = [folder.python, "-m", "webchat", "user", "add", "ann", "--password-stdin"]
    done = subprocess.run(command, env=folder.environ, input=given, capture_output=True, check=False)
    assert done.returncode == 1, done
    assert done.stderr.count(b"\n") == 1, done.stderr


def test_a_closed_room_can_be_used_by_an_admin(folder: Server) -> None:
    folder.add_user("ann", "--admin")
    assert folder.run("room", "add", "board", "--kind", "closed").returncode == 0
    store = apsw.Connection(str(folder.data / "webchat.db"), flags=apsw.SQLITE_OPEN_READONLY)
    members = (
        "SELECT u.name, m.role FROM memberships m JOIN users u ON u.id = m.user_id JOIN rooms r ON r.id = m.room_id"
    )
    assert store.execute(f"{members} WHERE r.slug = 'board'").fetchall() == [("ann", "moderator")]
    store.close()


def test_nobody_else_may_read_what_a_command_made(folder: Server) -> None:
    folder.run("room", "add", "team")
    assert folder.data.stat().st_mode & 0o777 == 0o700
    assert (folder.data / "webchat.db").stat().st_mode & 0o777 == 0o600


def test_a_room_is_made_filled_and_exported(folder: Server) -> None:
    assert folder.run("room", "add", "team", "--title", "The team", "--kind", "closed").returncode == 0
    refused(folder.run("room", "add", "team"))
    sent = folder.run("send", "team", "Hello, **world**. 你好")
    assert sent.returncode == 0, sent.stderr
    assert int(sent.stdout) > 0
    rows = [json.loads(line) for line in folder.run("export", "--room", "team").stdout.splitlines()]
    [message] = [row for row in rows if row["kind"] == "message"]
    assert message["body"] == "Hello, **world**. 你好"
    assert message["id"] == int(sent.stdout)
    [room] = [row for row in rows if row["kind"] == "room"]
    assert room["title"] == "The team"


def test_what_is_not_there_is_refused(folder: Server) -> None:
    refused(folder.run("send", "nowhere", "hello"))
    refused(folder.run("notify", "nobody", "hello"))
    refused(folder.run("export", "--room", "nowhere"))
    folder.add_user("ann")
    refused(folder.run("notify", "ann", ""))
    refused(folder.run("notify", "ann", "x" * 5000))


def test_a_user_is_notified(folder: Server) -> None:
    folder.add_user("ann")
    done = folder.run("notify", "ann", "Build passed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_asking_a_server_from_afar_does_not_load_one(folder: Server) -> None:
    program = "import sys, webchat.cli.remote; print({'webchat.desk', 'webchat.store'} & set(sys.modules))"
    done = subprocess.run([folder.python, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_an_option_may_be_a_variable(folder: Server) -> None:
    folder.environ["WEBCHAT_ROOM_ADD_TITLE"] = "By variable"
    assert folder.run("room", "add", "team").returncode == 0
    assert "By variable" in folder.run("export").stdout


def test_an_export_may_be_cut_short(folder: Server) -> None:
    for number in range(3):
        folder.run("send", "lobby", f"{number} " + "x" * 9000)
    command = f'"{folder.python}" -m webchat export | head -c 1'
    done = subprocess.run(["bash", "-c", command], env=folder.environ, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_the_commands_work_while_the_server_runs(server: Server) -> None:
    server.add_user("ann", "--admin")
    assert server.run("room", "add", "news").returncode == 0
    assert server.run("send", "news", "Hello").returncode == 0
    assert server.run("notify", "ann", "Hello").returncode == 0
    assert '"body":"Hello"' in server.run("export", "--room", "news").stdout
