"""The client for other people's programs, against a real server: done once, and heard on through every loss."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any, Generic, TypeVar

import pytest

from tests.tools import forks
from tests.tools.programs import endless
from tests.tools.server import Server
from webchat.client import AsyncClient, Client, Message, Problem
from webchat.client.door import Door
from webchat.client.ears import RoomEar

WAIT = 60
T = TypeVar("T")


@pytest.fixture
def place(server: Server) -> Server:
    server.add_user("ann", "--admin")
    return server


def token(server: Server, *scopes: str, user: str = "robot") -> str:
    options = [option for scope in scopes for option in ("--scope", scope)]
    done = server.run("token", "add", user, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


@pytest.fixture
def client(place: Server) -> Client:
    return Client(place.url, token(place, "read", "post", "notify"))


class Told(Generic[T]):
    """What a listener in a thread of its own hears."""

    def __init__(self, messages: Iterator[T]) -> None:
        self._queue: queue.Queue[T | Exception] = queue.Queue()
        threading.Thread(target=self._run, args=(messages,), daemon=True).start()

    def next(self) -> T:
        found = self._queue.get(timeout=WAIT)
        if isinstance(found, Exception):
            raise found
        return found

    def _run(self, messages: Iterator[T]) -> None:
        try:
            for message in messages:
                self._queue.put(message)
        except Exception as error:
            self._queue.put(error)


class Heard(Told[Message]):
    """What is said in a room."""

    def bodies(self, count: int) -> list[str]:
        return [self.next().body for _ in range(count)]


def listening(client: Client, room: str = "lobby", since: str = "") -> Heard:
    """A listener that stands at the end of the room."""
    return Heard(client.listen(room, since or client.call("GET", f"/rooms/{room}")["at"]))


def test_it_sends_and_notifies(place: Server, client: Client) -> None:
    message = client.send("lobby", "The **build** passed.")
    assert (message.author, message.body, message.room, message.seq) == ("robot", "The **build** passed.", "lobby", 1)
    assert "<strong>" in message.html
    assert client.messages("lobby") == [message]
    assert client.messages("lobby", before=1) == []
    assert client.notify("ann", "Look", title="Build") > 0
    assert client.call("PUT", f"/messages/{message.id}/reactions/👍") is None
    assert list(client.messages("lobby")[0].reactions) == ["👍"]


def test_a_key_of_ones_own_is_for_one_thing(client: Client) -> None:
    first = client.send("lobby", "once", key="build-42")
    assert client.send("lobby", "once", key="build-42") == first
    with pytest.raises(Problem, match="Idempotency-Key") as refused:
        client.send("lobby", "twice", key="build-42")
    assert refused.value.status == 422
    assert refused.value.reason == "KeyReused"


def test_a_refusal_says_why(place: Server, client: Client) -> None:
    for call, status in (
        (lambda: client.send("nowhere", "x"), 404),
        (lambda: client.notify("nobody", "x"), 404),
        (lambda: client.send("lobby", "x" * 10_001), 413),
        (lambda: client.call("DELETE", "/tokens/1"), 403),
        (lambda: Client(place.url, "webchat_wrong").send("lobby", "x"), 401),
        (lambda: next(client.listen("nowhere")), 404),
        (lambda: next(Client(place.url, "webchat_wrong").listen("lobby")), 401),
    ):
        with pytest.raises(Problem) as refused:
            call()
        assert refused.value.status == status
        assert "\n" not in str(refused.value)


def test_nobody_there_is_said_after_a_while(place: Server) -> None:
    client = Client(place.url, "webchat_x", patience=0.1)
    place.stop()
    with pytest.raises(OSError, match=f"{place.url} did not answer: .*refused"):
        client.send("lobby", "x")


def test_it_hears_each_change_once_through_restarts(place: Server, client: Client) -> None:
    heard = listening(client)
    first = client.send("lobby", "one")
    assert heard.next().body == "one"
    client.call(
        "PATCH", f"/messages/{first.id}", {"body": "ONE", "based": client.call("GET", f"/messages/{first.id}")["said"]}
    )
    edited = heard.next()
    assert edited.body == "ONE"
    assert edited.edited is not None
    place.kill()
    place.start()
    posted = [client.send("lobby", f"after {number}").body for number in range(3)]
    assert heard.bodies(3) == posted
    client.call("DELETE", f"/messages/{first.id}")
    last = heard.next()
    assert last.deleted is not None
    assert listening(client, since=edited.position).bodies(4) == [*posted, ""]
    client.send("lobby", "end")
    assert listening(client, since=last.position).bodies(1) == ["end"]


def test_after_too_much_it_hears_all_that_was_posted(place: Server, client: Client) -> None:
    """A position of another database says nothing; what was heard before does."""
    heard = listening(client)
    client.send("lobby", "heard")
    assert heard.bodies(1) == ["heard"]
    place.stop()
    sent = subprocess.run(
        [sys.executable, "-m", "webchat", "send", "lobby", "-"], input="".join(f"{n}\n" for n in range(350)),
        env=place.environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(sent.stdout.split()) == 350
    place.start()
    assert heard.bodies(350) == [str(number) for number in range(350)]


def test_it_stops_when_its_token_ends(place: Server) -> None:
    secret = token(place, "read", "post")
    heard = listening(client := Client(place.url, secret))
    client.send("lobby", "x")
    assert heard.bodies(1) == ["x"]
    [number] = [line.split()[0] for line in place.run("token", "list").stdout.splitlines() if secret[:14] in line]
    assert place.run("token", "revoke", number).returncode == 0
    with pytest.raises(Problem) as refused:
        heard.next()
    assert refused.value.status == 401


def test_it_hears_what_it_is_told_through_restarts(place: Server) -> None:
    secret = token(place, "read", "notify", user="ann")
    client = Client(place.url, secret)
    first = client.notify("ann", "first", title="CI")
    heard = Told(client.notifications(since=str(first - 1)))
    told = heard.next()
    assert (told.happened, told.id, told.title, told.body, told.unread) == ("sent", first, "CI", "first", 1)
    place.kill()
    place.start()
    client.call("PUT", "/users/ann/notifications/build", {"body": "second"})
    client.call("DELETE", "/users/ann/notifications/build")
    client.call("PUT", f"/me/notifications/{first}/read")
    news = [heard.next()]
    while news[-1].id != first:
        news.append(heard.next())
    assert (news[-1].happened, news[-1].read is not None, news[-1].unread) == ("changed", True, 0)
    assert [one.happened for one in news[:-1]] in ([], ["sent", "retracted"]), (
        "both, or none where it was away for both"
    )
    environ = place.environ | {"WEBCHAT_URL": place.url, "WEBCHAT_TOKEN": secret}
    command = [sys.executable, "-m", "webchat", "tail", "--notifications", "--since", told.position]
    with endless(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
    assert line.endswith("changed: CI: first\n")
    assert run(place, "tail", "--url", place.url, "--token", secret).returncode == 2


@pytest.mark.anyio
async def test_the_same_to_await(place: Server, client: Client) -> None:
    awaited = AsyncClient(place.url, token(place, "read", "post", "notify", user="ann"))
    at = (await awaited.call("GET", "/rooms/lobby"))["at"]
    sent = await awaited.send("lobby", "hello")
    assert await awaited.messages("lobby") == [sent]
    assert await awaited.notify("ann", "hello") > 0
    async with aclosing(awaited.listen("lobby", at)) as heard:
        assert (await anext(heard)).body == "hello"
        await awaited.send("lobby", "again")
        assert (await anext(heard)).body == "again"
    async with aclosing(awaited.notifications("0")) as told:
        assert (await anext(told)).body == "hello"
        number = await awaited.notify("ann", "hello again")
        assert (await anext(told)).id == number
    with pytest.raises(Problem):
        await awaited.send("nowhere", "x")


def run(server: Server, *arguments: str, stdin: str = "", secret: str = "") -> "subprocess.CompletedProcess[str]":
    environ = {name: value for name, value in server.environ.items() if name != "WEBCHAT_DATA"}
    environ |= {"WEBCHAT_URL": server.url, "WEBCHAT_TOKEN": secret} if secret else {}
    return forks.run(*arguments, environ=environ, stdin=stdin, timeout=60)


def test_the_command_line_asks_a_server_anywhere(place: Server, client: Client) -> None:
    secret = token(place, "read", "post", "notify")
    done = run(place, "send", "lobby", "from afar", secret=secret)
    assert (done.returncode, done.stderr) == (0, "")
    assert client.messages("lobby")[-1].id == int(done.stdout)
    done = run(place, "send", "lobby", "-", "--url", place.url, "--token", secret, stdin="one\n\n two \n")
    assert [message.body for message in client.messages("lobby")[-2:]] == ["one", "two"]
    words = ("--title", "CI", "--priority", "5", "--tags", "a, b", "--click", "/rooms/lobby", "--key", "build")
    more = ("--actions", "press, I take it", "--expires", "2h")
    assert run(place, "notify", "ann", "hello", *words, *more, secret=secret).returncode == 0
    assert place.run("notify", "ann", "hello again", *words, *more).returncode == 0
    assert place.run("notify", "ann", "later", "--delay", "1h").returncode == 0
    told = Client(place.url, token(place, "read", user="ann")).call("GET", "/me/notifications")["notifications"]
    assert [(one["body"], one["title"], one["priority"], one["tags"], one["key"]) for one in told] == [
        ("hello again", "CI", 5, ["a", "b"], "build")
    ]
    assert told[0]["actions"] == [{"label": "I take it"}]
    assert told[0]["expires"] - told[0]["at"] > 7_000_000
    for wrong in (("--delay", "soon"), ("--actions", "http, x"), ("--click", "javascript:x"), ("--key", "a b")):
        done = place.run("notify", "ann", "x", *wrong)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    done = run(place, "notify", "nobody", "hello", secret=secret)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert run(place, "send", "lobby", "x", "--url", place.url).returncode == 2


@pytest.mark.parametrize(
    ("url", "secret"),
    [("chat.example", "x"), ("ftp://chat.example", "x"), ("http://[::1", "x"), ("http://chat.example:x", "x"),
     ("https://chat.example/?a", "x"), ("https://chat example", "x"), ("https://chat.example", "se\ncret"),
     ("https://chat.example", "sécret"), ("https://chat.example", " ")],
)  # fmt: skip
def test_what_is_no_server_or_no_token_is_said_at_once(place: Server, url: str, secret: str) -> None:
    for command in (("tail", "lobby"), ("tail", "--notifications"), ("send", "lobby", "x"), ("notify", "ann", "x")):
        done = run(place, *command, "--url", url, "--token", secret)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[-1].startswith("Error: ")
        assert "Traceback" not in done.stderr
        assert "cret" not in done.stderr, "it may be seen by others"


def test_an_end_of_line_is_no_part_of_a_token(place: Server, client: Client) -> None:
    found = Client(f"{place.url}/\n", f"{token(place, 'read')}\r\n").call("GET", "/rooms/lobby")
    assert found["room"] == "lobby"


def test_tail_prints_what_is_said(place: Server, client: Client) -> None:
    at = client.call("GET", "/rooms/lobby")["at"]
    client.send("lobby", "first\nline")
    environ = place.environ | {"WEBCHAT_URL": place.url, "WEBCHAT_TOKEN": token(place, "read:lobby")}
    for options, read in (((), str), (("--json",), json.loads)):
        reading: Callable[[str], Any] = read
        command = [sys.executable, "-m", "webchat", "tail", "lobby", "--since", at, *options]
        with endless(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            line = reading(process.stdout.readline())
        if options:
            assert (line["body"], line["author"]) == ("first\nline", "robot")
        else:
            assert line.endswith("robot: first line\n")


@pytest.mark.parametrize("status", [429, 502, 503, 504, 400, 401, 403, 404])
def test_a_listener_waits_for_who_cannot_answer_now(status: int) -> None:
    """Such as a proxy before a server that is away for longer than a request is sent again."""
    ear = RoomEar(Door("http://127.0.0.1:1", "webchat_x", 0.1), "lobby", "epoch.1")
    if status in (429, 502, 503, 504):
        ear.lost(Problem(status, "Not now."))
        assert 0 < ear.wait() <= 10
        return
    with pytest.raises(Problem, match="Never"):
        ear.lost(Problem(status, "Never."))
