"""What the documentation shows is run as it stands there, but for the address and the secrets of a server."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.tools.needs import program
from tests.tools.programs import endless
from tests.tools.server import Server
from tests.tools.tree import ROOT
from webchat import testing
from webchat.client import Client

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Place(SimpleNamespace):
    """A running server, with what a program needs to ask it as the bot ``builds``."""

    server: Server
    client: Client
    environ: dict[str, str]
    folder: Path

    def mine(self, text: str) -> str:
        """An example, with this server's address and secrets."""
        text = text.replace("http://127.0.0.1:8000", self.server.url).replace("https://chat.example", self.server.url)
        return text.replace("webchat_…", self.environ["TOKEN"])

    def says(self, script: str) -> str:
        """What a script prints, which has to do what it is for."""
        script = self.mine(script).replace("curl ", "curl -fsS ")
        command = ["bash", "-euc", script]
        done = subprocess.run(
            command, env=self.environ, cwd=self.folder, check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    program("curl")
    server = Server(tmp_path_factory.mktemp("documented") / "data")
    server.add_user("ann", "--admin")
    scopes = ("--scope", "read", "--scope", "post", "--scope", "notify")
    secret = server.run("token", "add", "builds", *scopes).stdout.split()[-1]
    admin = server.run("token", "add", "ann", "--scope", "admin").stdout.split()[-1]
    server.run("site", "add", "blog", "--origin", "https://blog.example")
    (folder := server.data.parent).joinpath("plan.pdf").write_bytes(b"%PDF-1.7")
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    server.start()
    environ = server.environ | {"PATH": tools, "TOKEN": secret, "WEBCHAT_TOKEN": secret, "WEBCHAT_URL": server.url}
    environ["ADMIN_TOKEN"] = admin
    yield Place(server=server, client=Client(server.url, secret), environ=environ, folder=folder)
    server.stop()


def shown(language: str, page: Path, with_: str) -> str:
    """The one example of a page that has these words in it."""
    [found] = [body for kind, body in FENCED.findall(page.read_text("utf-8")) if kind == language and with_ in body]
    return str(found)


def asking() -> list[str]:
    """All examples that ask the API once."""
    blocks = [body for page in PAGES for kind, body in FENCED.findall(page.read_text("utf-8")) if kind == "sh"]
    others = ("-N", "hook_…", "$ADMIN_TOKEN")
    return sorted({body for body in blocks if body.startswith("curl ") and not any(word in body for word in others)})


@pytest.mark.parametrize("script", asking())
def test_what_asks_the_api(place: Place, script: str) -> None:
    assert '"id":' in place.says(script)


def test_what_gives_out_and_erases(place: Place) -> None:
    script = shown("sh", ROOT / "docs/how-to/privacy.md", "curl ")
    assert place.says(script).startswith('{"lines":[],"next":null}')


def test_what_hears_what_one_is_told(place: Place) -> None:
    script = place.mine(shown("sh", ROOT / "docs/reference/api.md", "curl -N")).partition("{")[0]
    with endless(["bash", "-euc", f"exec {script}"], env=place.environ, stdout=subprocess.PIPE) as curl:
        assert curl.stdout
        assert curl.stdout.readline().startswith(b'{"open":{')


def test_what_posts_by_an_address(make_server: Callable[..., Server]) -> None:
    server = make_server()
    server.add_user("ann", "--admin")
    secret = server.run("token", "add", "ann", "--scope", "admin", "--scope", "read").stdout.split()[-1]
    client = Client(server.start().url, secret)
    client.call("POST", "/bots", {"user": "ship"})
    address = client.call("POST", "/bots/ship/hooks", {"room": "lobby"})["secret"]
    script = shown("sh", ROOT / "docs/how-to/bots.md", "hook_…").replace("https://chat.example", server.url)
    assert subprocess.check_output(["bash", "-euc", script.replace("hook_…", address)], timeout=60) == b"ok"
    assert client.messages("lobby")[-1].body == "The build passed."


def test_the_program(place: Place) -> None:
    text = place.mine(shown("python", ROOT / "docs/how-to/programs.md", "client.listen"))
    since = place.client.call("GET", "/rooms/lobby")["at"]
    heard = place.client.listen("lobby", since=since)
    with endless([sys.executable, "-c", text], env=place.environ) as running:
        while not place.client.call("GET", "/rooms/lobby/presence")["people"]:
            assert running.poll() is None
        place.server.run("send", "lobby", "What is your status?")
        said = [next(heard).body for _ in range(3)]  # it hears only from here on
        assert said == ["The build **passed**.", "What is your status?", "All is well."]


def test_the_command_line(place: Place) -> None:
    lines = shown("sh", ROOT / "docs/how-to/programs.md", "webchat tail lobby").splitlines()
    tails = [line for line in lines if line.startswith("webchat tail")]
    assert len(tails) == 2
    scopes = ("--scope", "read", "--scope", "post", "--scope", "notify")
    secret = place.server.run("token", "add", "ann", *scopes).stdout.split()[-1]  # hers, to hear what she is told
    environ = place.environ | {"WEBCHAT_TOKEN": secret}
    place.client.notify("ann", "For the tail")
    for line in lines[1:]:
        if line in tails:
            with endless(["bash", "-euc", f"exec {line} --since 0"], env=environ, stdout=subprocess.PIPE) as tail:
                assert tail.stdout
                assert tail.stdout.readline()
        elif "journalctl" in line:
            place.says(f"echo done | {line.partition('|')[2]}")
        else:
            place.says(line)


async def test_a_mounted_chat_and_its_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs/how-to/mount.md"
    names: dict[str, Any] = {}
    exec(shown("python", page, "app.mount"), names)  # noqa: S102 - our own documentation

    async def deploy() -> None:
        await names["chat"].notify("ann", "Your version is live.")

    names |= {"deploy": deploy, "testing": testing}
    exec(shown("python", page, "expect_nothing"), names)  # noqa: S102 - our own documentation
    await names["test_a_deployment_is_told"]()


@pytest.mark.parametrize("language", ["python", "js"])
def test_what_a_site_signs(place: Place, language: str) -> None:
    sites = re.findall(r"(?m)^(\w+)\t", place.server.run("site", "list").stdout)
    how = ("secret", "blog") if "blog" in sites else ("add", "blog", "--origin", "https://blog.example")
    secret = place.server.run("site", *how).stdout.split()[-1]
    example = place.mine(shown(language, ROOT / "docs/how-to/identity.md", "HS256"))
    if language == "python":
        command = [sys.executable, "-c", f"{example}\nprint(chat_token(7, 'Hanna', secret={secret!r}))"]
    else:
        command = [program("node"), "-e", f"{example}\nconsole.log(chatToken(7, 'Hanna', {{ secret: {secret!r} }}))"]
    token = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    ask = f"curl -o /dev/null -w '%{{http_code}}' -d token={token} https://chat.example/embed/blog/identify"
    assert place.says(ask) == "204"
