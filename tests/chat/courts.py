"""A place whose lobby has a program that judges what is said, on this machine."""

import json
from typing import Any

from tests.chat.conftest import Place, new_cid
from tests.tools.receiver import Receiver
from webchat import commands as c
from webchat.chat import Chat
from webchat.metrics import Metrics
from webchat.model import Actor, Guest
from webchat.rules import Judge
from webchat.store import judges as stored

GUS = Guest("gus-key", "Gus", network="203.0.113.7", email="gus@example.org")


class Court:
    """What a test says for the judge, and what that was asked."""

    def __init__(self, place: Place, receiver: Receiver) -> None:
        self.place = place
        self.receiver = receiver
        self.metrics = Metrics()
        place.chat = Chat(place.store, place.told.append, self.metrics, [receiver.host, "inside.example"])
        self.secret = ""

    async def opens(self, **given: Any) -> None:
        rules = {"judge": self.receiver.url} | given
        done = await self.place.do(self.place.ann, c.SetRules("lobby", new_cid(), **rules))
        self.secret = done.secret or self.secret

    def says(self, action: str, reason: str = "") -> None:
        self.receiver.says(json.dumps({"action": action, "reason": reason}), "application/json")

    async def ask(self, body: str, actor: Actor | None = None, cid: str = "") -> int:
        done = await self.place.do(actor or self.place.bob, c.PostMessage("lobby", body, cid or new_cid()))
        return int(done.id)

    async def judge(self) -> Judge:
        return await self.place.store.read(lambda tx: stored.get(tx, 1))

    @property
    def asked(self) -> list[str]:
        """The texts that it was asked about."""
        return [json.loads(got.body)["data"]["message"]["body"] for got in self.receiver.got]
