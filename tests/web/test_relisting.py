"""A room with more members than events can wait: who is connected is told of it, and nobody is cut."""

from typing import Any

import anyio
import pytest

from tests.broker.cast import FakeOutlet
from tests.web.conftest import Visitor, add_user
from webchat import topics
from webchat.app import Webchat
from webchat.broker import Frame, Reader
from webchat.broker.pump import ANY
from webchat.errors import Unavailable
from webchat.listed import RoomRenewed
from webchat.store import Tx, rooms, users
from webchat.web.relisting import Relisting

pytestmark = pytest.mark.anyio


class Ear(FakeOutlet):
    """Says when it has heard a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.heard = anyio.Event()

    def write(self, frame: Frame) -> None:
        super().write(frame)
        if any(self._text in text for text in frame.texts):
            self.heard.set()


async def listening(app: Webchat, name: str, slug: str, text: str) -> tuple[Ear, Reader]:
    """The page of a room, open in a browser of the user called ``name``, that waits for a text."""
    at, broker = app.state.house, app.state.doors["socket"].broker
    user = await at.store.read(lambda tx: users.by_name(tx, name))
    ear = Ear(text)
    reader = broker.connect(ear, "room.en", user.id, "", slug)
    for topic in (topics.PLACE, topics.user(user.id)):
        broker.subscribe(reader, topic)
    await broker.join(reader, slug, None)
    return ear, reader


def crowd(tx: Tx, slug: str) -> None:
    """More members of a room than events wait."""
    tx.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)"
        " INSERT INTO users (name, skeleton, title, role, created) SELECT 'u' || i, 'u' || i, 'U', 'member', 0 FROM n",
        ANY + 1,
    )
    room = rooms.by_slug(tx, slug)
    assert room
    tx.run("INSERT INTO memberships (room_id, user_id) SELECT $1, id FROM users WHERE title = 'U'", room.id)


async def test_a_room_with_more_members_than_events_wait_is_renamed(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await add_user(app, "Cat")
    await ann.do("create-room", room="team", kind="closed")
    await ann.do("invite-user", room="team", user="bob")
    await ann.do("post-message", room="team", body="Hello")
    await app.state.house.store.write(lambda tx: crowd(tx, "team"))
    inside, inside_reader = await listening(app, "bob", "team", "The hall · ")
    elsewhere, elsewhere_reader = await listening(app, "bob", "lobby", 'id="name-2" dir="auto">The hall')
    outside, _reader = await listening(app, "cat", "lobby", 'hx-select="#directory"')
    with anyio.fail_after(30):
        await ann.do("edit-room", room="team", title="The hall")
        for ear in (inside, elsewhere, outside):
            await ear.heard.wait()
    row = next(text for text in elsewhere.texts if "The hall" in text)
    assert 'data-top="1" data-read="0"' in row
    assert not any("The hall" in text for text in outside.texts)
    assert [ear.code for ear in (inside, elsewhere, outside)] == [0, 0, 0]
    for reader in (inside_reader, elsewhere_reader):
        assert topics.count("team") in reader.topics


async def test_a_room_with_everybody_in_it_closes_and_nobody_who_is_in_it_is_sent_away(
    app: Webchat, ann: Visitor, bob: Visitor
) -> None:
    await add_user(app, "Cat")
    await ann.do("create-room", room="hall")
    await app.state.house.store.write(lambda tx: crowd(tx, "hall"))
    await app.state.house.store.write(lambda tx: tx.run("DELETE FROM memberships WHERE room_id = 2 AND user_id = 4"))
    inside, _reader = await listening(app, "bob", "hall", "closed none everyone live")
    outside, _reader = await listening(app, "cat", "hall", "closed none everyone live")
    with anyio.fail_after(30):
        await ann.do("edit-room", room="hall", kind="closed")
        await inside.heard.wait()
    assert (inside.code, outside.code) == (0, 1013)


async def test_who_cannot_be_told_is_sent_away_to_ask_again(
    app: Webchat, ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    ear, _reader = await listening(app, "bob", "lobby", "")
    guest = FakeOutlet()
    broker.connect(guest, "room.en")
    room = await at.store.read(lambda tx: rooms.by_slug(tx, "lobby"))

    async def away(_fn: Any) -> None:
        raise Unavailable("It is away.")

    monkeypatch.setattr(at.store, "read", away)
    await Relisting(at.store, broker).tell(RoomRenewed(room, "The Place"))
    assert (ear.code, guest.code) == (1013, 0)
