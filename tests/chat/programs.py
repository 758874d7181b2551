"""A bot's program without a network, and the time in which it is called."""

import json
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import callbacks as verbs, deliveries
from webchat.chat.deliveries import Caller
from webchat.model import User
from webchat.outside.webhooks import Answer, Call
from webchat.store import callbacks, messages, users

URL = "https://dice.example/"


class Program:
    """A bot's program without a network: keeps its calls, and answers as it is told to; else that all is well."""

    def __init__(self, place: Place) -> None:
        self.calls: list[Call] = []
        self.answers: list[Answer] = []
        self.caller = Caller(place.store, place.chat, self.deliver)

    async def deliver(self, call: Call, _at: int) -> Answer:
        self.calls.append(call)
        return self.answers.pop(0) if self.answers else Answer(204)

    def says(self, body: str, kind: str = "text/plain") -> None:
        self.answers.append(Answer(200, "", kind, body.encode()))

    @property
    def heard(self) -> list[str]:
        """What it was told, as texts."""
        told = [json.loads(call.body)["data"] for call in self.calls]
        return [data["message"]["body"] if "message" in data else f"/{data['command']} {data['text']}" for data in told]


class Clock:
    """The time of the verbs, which goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = 1_700_000_000_000
        for module in (deliveries, verbs):
            monkeypatch.setattr(module, "now", lambda: self.at)


async def hear(place: Place, **more: Any) -> int:
    return int((await place.do(place.ann, c.CreateCallback("dice", "lobby", URL, new_cid(), **more))).id)


async def offer(place: Place, name: str = "roll") -> int:
    number = int((await place.do(place.ann, c.CreateCommand("dice", name, URL, new_cid()))).id)
    await place.do(place.ann, c.InviteUser("lobby", "dice", new_cid()))
    return number


async def state(place: Place, number: int) -> Any:
    return await place.store.read(lambda tx: callbacks.by_id(tx, number))


async def said(place: Place, slug: str = "lobby") -> list[str]:
    room = await place.room(slug)
    return [one.body for one in await place.store.read(lambda tx: messages.between(tx, room.id, 1, room.seq))]


async def dice(place: Place) -> User:
    bot = await place.store.read(lambda tx: users.by_name(tx, "dice"))
    assert bot
    return bot
