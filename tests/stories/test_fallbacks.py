"""The ways for who has no WebSocket: a stream of events, and asking again; nothing is lost or doubled between them."""

import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.stories.conftest import Place, is_a_sentence, signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

JSON = {"Accept": "application/json"}
ROW = re.compile(r'<li id="m-(\d+)"')


@contextmanager
def stream(server: Server, query: str, **headers: str) -> Iterator[Iterator[dict[str, str]]]:
    """The events of a stream."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=40)
    with closing(connection):
        connection.request("GET", f"/stream?{query}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        assert answer.getheader("content-type", "").startswith("text/event-stream")
        assert answer.getheader("content-encoding") is None
        assert answer.getheader("x-accel-buffering") == "no"
        yield events(answer)


def events(answer: http.client.HTTPResponse) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in answer:
        name, _colon, value = line.decode().rstrip("\n").partition(": ")
        if name:
            event[name] = event[name] + "\n" + value if name in event else value
        else:
            yield event
            event = {}


def after(heard: Iterator[dict[str, str]], name: str) -> dict[str, str]:
    """The next event of that name; what has none is HTML."""
    return next(event for event in heard if "data" in event and event.get("event", "html") == name)


def poll(server: Server, query: str, **headers: str) -> str:
    with urlopen(Request(f"{server.url}/poll?{query}", headers=headers), timeout=40) as answer:  # noqa: S310 - ours
        return str(answer.read().decode())


def refusal(server: Server, path: str, **headers: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(server.url + path, headers=headers), timeout=40).close()  # noqa: S310 - ours
    with refused.value as error:
        return error.code, error.read().decode()


def said(visit: Visit, room: str, count: int) -> list[int]:
    return [int(visit.do("post-message", room=room, body=f"Message {number}")) for number in range(count)]


def test_a_stream_has_what_a_socket_has_and_goes_on_where_it_was(open_server: Server) -> None:
    visit = Visit(open_server)
    visit.get("/rooms/lobby")
    with stream(open_server, "room=lobby", **{"Accept-Encoding": "gzip"}) as heard:
        after(heard, "at")
        first = said(visit, "lobby", 3)
        rows: list[int] = []
        while len(rows) < 3:
            rows += map(int, ROW.findall(after(heard, "html")["data"]))
        assert rows == first
        position = after(heard, "at")["id"]
    missed = said(visit, "lobby", 2)
    with stream(open_server, "room=lobby&since=0", **{"Last-Event-ID": position}) as heard:
        html = ""
        while not ROW.search(html):
            html = after(heard, "html")["data"]
        assert [int(row) for row in ROW.findall(html)] == missed
        assert after(heard, "at")["id"] != position
    for unknown in ("nonsense", "x.1", "0", "e" * 9_000):
        with stream(open_server, "room=lobby", **{"Last-Event-ID": unknown}) as heard:
            html = ""
            while 'id="history"' not in html:
                html = after(heard, "html")["data"]


def test_json_carries_the_same(open_server: Server) -> None:
    visit = Visit(open_server)
    visit.get("/rooms/lobby")
    at = json.loads(poll(open_server, "room=lobby", **JSON))["at"]
    with stream(open_server, f"room=lobby&since={at}", **JSON) as heard:
        after(heard, "at")
        message = said(visit, "lobby", 1)[0]
        posted = json.loads(after(heard, "posted")["data"])["posted"]
        assert (posted["id"], posted["body"], posted["html"]) == (message, "Message 0", "<p>Message 0</p>")
        visit.do("delete-message", message=message)
        assert json.loads(after(heard, "deleted")["data"])["deleted"]["id"] == message
    told = json.loads(poll(open_server, f"room=lobby&since={at}", **JSON))
    assert [(*event, next(iter(event.values()))["id"]) for event in told["events"]] == [("deleted", message)]
    again = json.loads(poll(open_server, "room=lobby&since=nonsense", **JSON))
    assert [message["id"] for message in again["events"][0]["reset"]] == [message]


def test_polls_that_follow_each_other_lose_and_double_nothing(open_server: Server) -> None:
    visit = Visit(open_server)
    visit.get("/rooms/lobby")
    text = poll(open_server, "room=lobby")
    expected = said(visit, "lobby", 15)
    found: list[int] = []
    while len(found) < 15:
        found += map(int, ROW.findall(text.partition('id="poll"')[0]))
        asked = re.search(r'hx-get="/poll\?([^"]*)"', text)
        assert asked
        text = poll(open_server, asked[1].replace("&amp;", "&"), Cookie=visit.cookie)
    assert found == expected


def test_a_poll_waits_for_what_comes(open_server: Server) -> None:
    visit = Visit(open_server)
    visit.get("/rooms/lobby")
    at = json.loads(poll(open_server, "room=lobby", **JSON))["at"]
    with closing(http.client.HTTPConnection("127.0.0.1", open_server.port, timeout=40)) as connection:
        connection.request("GET", f"/poll?room=lobby&since={at}", headers=JSON)
        with stream(open_server, "room=lobby", **JSON) as heard:  # by then the poll is in, too
            after(heard, "at")
        message = said(visit, "lobby", 1)[0]
        told = json.loads(connection.getresponse().read())
    assert [event["posted"]["id"] for event in told["events"]] == [message]
    assert told["at"] > at


@pytest.mark.parametrize("door", ["stream", "poll"])
def test_who_may_not_listen_is_told_so(place: Place, door: str) -> None:
    bob = {"Cookie": place.bob.cookie}
    for query, headers, status in (
        ("room=lobby", {}, 401), ("", {}, 401), ("room=team", bob, 403), ("room=nowhere", bob, 403),
        ("room=lobby", {"Authorization": "Bearer nonsense"}, 401), ("room=%00&since=%0d%0a", bob, 403),
    ):  # fmt: skip
        code, why = refusal(place.server, f"/{door}?{query}", **headers)
        assert (code, is_a_sentence(why)) == (status, True), (query, why)
        code, why = refusal(place.server, f"/{door}?{query}", **headers, **JSON)
        assert (code, is_a_sentence(json.loads(why)["why"])) == (status, True), (query, why)


def test_revoking_ends_a_stream_and_a_poll_at_once(make_server: Callable[..., Server]) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    passwords = {name: server.add_user(name, *options) for name, *options in (("ann", "--admin"), ("bob",))}
    server.start()
    ann, bob = (signed_in(server, name, password) for name, password in passwords.items())
    ann.do("create-room", room="team", kind="closed")
    ann.do("invite-user", room="team", user="bob")
    at = json.loads(poll(server, "room=team", Cookie=bob.cookie, **JSON))["at"]
    with (
        stream(server, "room=team", Cookie=bob.cookie) as heard,
        closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=40)) as waiting,
    ):
        waiting.request("GET", f"/poll?room=team&since={at}", headers={"Cookie": bob.cookie, **JSON})
        after(heard, "at")
        ann.do("remove-user", room="team", user="bob")
        ann.do("post-message", room="team", body="a secret")
        rest = list(heard)
        assert json.loads(rest[-1]["data"]) == {"stop": 4403}
        assert not [event for event in rest if "secret" in event["data"]]
        answer = waiting.getresponse()
        assert (answer.status, b"secret" in answer.read()) == (403, False)
    with stream(server, "room=lobby", Cookie=bob.cookie) as heard:
        after(heard, "at")
        ann.do("sign-out-user", user="bob")
        assert json.loads(list(heard)[-1]["data"]) == {"stop": 4401}
    assert "Traceback" not in server.errors.read_text()


def test_a_server_that_stops_ends_streams_and_answers_polls(open_server: Server) -> None:
    at = json.loads(poll(open_server, "room=lobby", **JSON))["at"]
    with (
        stream(open_server, "room=lobby", **JSON) as heard,
        closing(http.client.HTTPConnection("127.0.0.1", open_server.port, timeout=40)) as waiting,
    ):
        waiting.request("GET", f"/poll?room=lobby&since={at}", headers=JSON)
        after(heard, "at")
        assert open_server.stop() == 0
        assert [event for event in heard if event.get("event") not in ("at", None)] == []
        assert json.loads(waiting.getresponse().read()) == {"at": at, "events": []}
    assert "Traceback" not in open_server.errors.read_text()
    assert "without completing" not in open_server.errors.read_text()


def test_streams_and_polls_count_as_connections(open_server: Server) -> None:
    held: list[Any] = []
    try:
        for _ in range(50):
            peer = socket.create_connection(("127.0.0.1", open_server.port), timeout=40)
            held.append(peer)
            peer.sendall(b"GET /stream?room=lobby HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b" 200 " in peer.recv(4096)
        for door in ("stream", "poll"):
            code, why = refusal(open_server, f"/{door}?room=lobby")
            assert (code, is_a_sentence(why.split(". ")[0] + ".")) == (503, True)
    finally:
        for peer in held:
            peer.close()
