"""The support window of a site, and the time in it."""

from typing import Any, NamedTuple

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import chores, conversations, messages, rooms
from webchat.chat.clock import now
from webchat.model import Actor, Guest, Site
from webchat.notified import NotificationSent
from webchat.store import conversations as stored, sites as stored_sites
from webchat.support import Conversation


class Desk(NamedTuple):
    """A site with an open support window, whose agents are ann, an admin, bob and cat; and two visitors."""

    place: Place
    site: Site
    vera: Guest
    will: Guest

    async def ask(self, who: Actor, body: str = "Hello?", **given: Any) -> str:
        return str((await self.place.do(who, c.BeginConversation("blog", body, new_cid(), **given))).id)

    async def one(self, slug: str) -> Conversation:
        found = await self.place.store.read(lambda tx: stored.by_room(tx, slug))
        assert found
        return found

    async def sees(self, who: Actor, slug: str) -> bool:
        return await self.place.store.read(lambda tx: rooms.is_visible(tx, who, slug))

    def told(self) -> list[int]:
        """Who was notified since this was asked last."""
        users = [event.user for event in self.place.told if isinstance(event, NotificationSent)]
        self.place.told.clear()
        return users


async def opened(place: Place) -> Desk:
    """The site ``blog``, whose window is open."""
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid(), guests="none"))
    await place.do(place.ann, c.SetSupport("blog", new_cid(), enabled=True, prechat="never"))
    for agent in ("bob", "cat"):
        await place.do(place.ann, c.AddAgent("blog", agent, new_cid()))
    site = await place.store.read(lambda tx: stored_sites.by_name(tx, "blog"))
    assert site
    place.told.clear()
    return Desk(place, site, Guest("vera-key", "Vera", site=site.id), Guest("will-key", "Will", site=site.id))


class Clock:
    """The time of the verbs, which goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = now()
        for module in (messages, conversations, chores):
            monkeypatch.setattr(module, "now", lambda: self.at)

    def go_on(self, seconds: int) -> None:
        self.at += seconds * 1000
