"""What a server's log holds of a day: who came and went and what was refused, and nothing that is not the log's."""

import http.client
import json
import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tests.tools.server import Server

Make = Callable[..., Server]
CANARY = "canary-7f3a"
EVENTS = [
    ("set-up-refused", ""),
    ("set-up", "ann"),
    ("sign-in-refused", "ann"),
    ("sign-in-refused", ""),
    ("signed-in", "ann"),
    ("signed-out", "ann"),
    ("denied", None),
    ("denied", None),
]


def post(server: Server, path: str, form: dict[str, str], **headers: str) -> http.client.HTTPResponse:
    """Send a form; the answer, read to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    sent = {"Origin": server.url, "Content-Type": "application/x-www-form-urlencoded"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", path, urlencode(form), sent)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def cookie(answer: http.client.HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def a_day(server: Server) -> list[str]:
    """Something of everything, with a canary wherever a secret may be. The cookies that were given."""
    password = f"{CANARY} correct"
    everything = {"place": CANARY, "name": "ann", "password": password}
    post(server, f"/setup?key={CANARY}", {**everything, "key": CANARY}, X_Forwarded_For="192.0.2.1")
    mine = cookie(post(server, f"/setup?{CANARY}={CANARY}", everything))
    post(server, "/sign-in", {"name": "ann", "password": f"{CANARY} wrong"})
    post(server, "/sign-in", {"name": f"{CANARY}\r\nforged event=signed-in who=ann", "password": password})
    again = cookie(post(server, f"/sign-in?next={CANARY}", {"name": " ANN ", "password": password}))
    said = {"do": "post-message", "room": "lobby", "body": CANARY, "cid": "a-cid-of-this-test"}
    assert post(server, "/do", said, Cookie=again).status == 303
    assert post(server, "/do", {"do": CANARY}, Cookie=f"webchat={CANARY}").status == 400
    assert post(server, "/sign-out", {}, Cookie=again).status == 303
    assert post(server, f"/do?{CANARY}", said, Cookie=mine, Origin="https://evil.test").status == 403
    assert post(server, f"/do/{CANARY}", said, Cookie=mine, Host="evil.test", X_Forwarded_For="192.0.2.1").status == 400
    return [CANARY, *(held.partition("=")[2] for held in (mine, again))]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_day(make_server: Make, form: str) -> None:
    server = make_server("--log-format", form).start()
    secrets = a_day(server)
    server.stop()
    log = server.errors.read_text()
    for secret in secrets:
        assert secret
        assert secret not in log
    lines = log.splitlines()
    if form == "json":
        told = [json.loads(line) for line in lines]
        assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in told))
    else:
        assert all(re.match(r"\d{4}-\d\d-\d\d \S+ [A-Z]+ webchat[\w.]*: ", line) for line in lines), log
        told = [dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line)) for line in lines]
    found = [(line["event"], line.get("who", "").strip('"') if "who" in line else None) for line in told]
    assert found == EVENTS
    there, here = "192.0.2.1", "127.0.0.1"  # the first, and the last, came through a proxy on this machine
    assert [line["from"] for line in told] == [there, *[here] * (len(EVENTS) - 2), there]
    assert [line["host"] for line in told if "host" in line] == ["evil.test"]
    assert [line["origin"].strip('"') for line in told if "origin" in line] == ["https://evil.test"]


def test_the_form_may_be_a_variable(make_server: Make) -> None:
    server = make_server(environ={"WEBCHAT_LOG_FORMAT": "json"}).start()
    post(server, "/", {}, Host="evil.test")
    server.stop()
    assert json.loads(server.errors.read_text())["event"] == "denied"
