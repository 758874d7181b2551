"""A place with people, rooms and messages of every state, for stories that only ask for what they do not get."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.error import HTTPError

import anyio
import pytest
from websockets.asyncio.client import ClientConnection

from tests.tools.clients import Visit
from tests.tools.databases import sql
from tests.tools.server import Server

SEEN_OR_NOT = "(SELECT id, name, title, role, password, status, disabled FROM users)"
"""Without when they were seen, which no command changes."""
UNCHANGED = (
    SEEN_OR_NOT,
    "rooms",
    "memberships",
    "messages",
    "reactions",
    "notices",
    "notifications",
    "receipts",
    "sessions",
)


class Place(NamedTuple):
    """A server without rates. In it are Ann, the admin, and Bob and Cat, members.

    Bob left ``away``; ``team`` is closed and Ann's; ``old`` is archived; Ann and Cat have a direct room. ``ids`` are
    the messages: ``ann`` and ``bob`` and ``gone`` (Bob's, deleted) in the lobby, ``away``, ``team``, ``old`` (Bob's)
    and ``direct`` in those rooms.
    """

    server: Server
    ann: Visit
    bob: Visit
    ids: dict[str, int]
    direct: str

    def facts(self) -> list[Any]:
        """All that is stored."""
        return [sorted(sql(self.server.database, f"SELECT * FROM {table} AS one")) for table in UNCHANGED]  # noqa: S608


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    server = Server(tmp_path_factory.mktemp("place") / "data", environ={"WEBCHAT_LIMITS": "off"})
    passwords = {name: server.add_user(name, *options) for name, *options in (("ann", "--admin"), ("bob",), ("cat",))}
    server.start()
    try:
        ann, bob = (signed_in(server, name, passwords[name]) for name in ("ann", "bob"))
        for room, kind in (("away", "open"), ("team", "closed"), ("old", "open")):
            ann.do("create-room", room=room, kind=kind)
        bob.do("leave-room", room="away")
        direct = str(ann.do("open-direct", users="cat"))
        places = {"ann": "lobby", "away": "away", "team": "team", "direct": direct}
        ids = {name: int(ann.do("post-message", room=room, body=name)) for name, room in places.items()}
        for name, room in (("bob", "lobby"), ("gone", "lobby"), ("old", "old")):
            ids[name] = int(bob.do("post-message", room=room, body=name))
        bob.do("delete-message", message=ids["gone"])
        bob.do("mark-read", room="lobby", seq=3)
        sql(server.database, "UPDATE rooms SET archived = 1 WHERE slug = 'old'")
        yield Place(server, ann, bob, ids, direct)
    finally:
        server.stop()
    assert "Traceback" not in server.errors.read_text()


def signed_in(server: Server, name: str, password: str) -> Visit:
    visit = Visit(server)
    visit.post("/sign-in", {"name": name, "password": password})
    return visit


def refused(visit: Visit, path: str, form: dict[str, str], accept: str = "application/json") -> tuple[int, str]:
    """The status and the text with which a form is refused."""
    try:
        text = visit.post(path, form, accept)
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()
    raise AssertionError(f"It was not refused: {text}")


async def answer(socket: ClientConnection) -> dict[str, Any]:
    """The next ack or nack."""
    with anyio.fail_after(10):
        async for frame in socket:
            told: dict[str, Any] = json.loads(frame) if str(frame).startswith("{") else {}
            if told.keys() & {"ack", "nack"}:
                return told
    raise AssertionError("The connection ended before the answer.")


def is_a_sentence(why: str) -> bool:
    """Whether it is something to say to a person: a sentence or two on one line, and nothing of the inside."""
    inside = ("Traceback", "Error", "msgspec", "apsw", "psycopg", "None", "`", "%(")
    return why[:1].isupper() and why.endswith(".") and "\n" not in why and not any(word in why for word in inside)
