"""R20: whoever comes, goes, writes and is told what, nobody is sent anything that is not theirs."""

import tempfile
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from tests.stories.eavesdropping import Eavesdropping, Who
from webchat.app import create_app
from webchat.broker import audience, pump
from webchat.chat import directs, people as accounts
from webchat.model import Guest
from webchat.settings import Settings

FRAMES = 100_000
TABS = 5
VERBS = (
    "post", "post", "post", "post", "edit", "delete", "react", "join", "leave", "leave", "invite", "direct", "notify",
    "remove", "unban", "guests",
    "listen", "listen", "listen", "hush", "sign_out", "type", "read", "quiet",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 99), st.integers(0, 99)), min_size=200, max_size=400)
ROOMS = (
    ("lobby", "open", "none"), ("hall", "open", "write"), ("den", "closed", "none"), ("cave", "closed", "read"),
    ("pit", "closed", "write"),
)  # fmt: skip


class Story:
    """The steps, on a place with people in it."""

    def __init__(self, at: Eavesdropping) -> None:
        self.at = at

    async def begin(self) -> None:
        """Ann, who owns it, four members, two guests; and in each closed room somebody whose name is its secret."""
        at = self.at
        for name in ("ann", "bob", "cat", "dan", "eve"):
            at.people.append(await at.user(name))
        at.people += [at.guest("guest-1"), at.guest("guest-2")]
        await at.at.store.write(accounts.ensure_lobby)
        for slug, kind, guests in ROOMS:
            await at.made(slug, kind, guests)
            if kind == "closed":
                lurker = await at.user(f"lurker-{slug}", at.mark("name", slug))
                for place in at.places.values():
                    if place.kind == "open":
                        place.members.add(lurker.name)
                at.gains(lurker.name, slug)
                await at.ask(at.people[0], "invite-user", room=slug, user=lurker.name)
                await at.listen(lurker, slug)
                for number in range(5):
                    await self.invite(at.people[0], slug, number)
        for who in at.people:
            await self.tabs(who)

    async def tabs(self, who: Who) -> None:
        """Open some tabs on every room that is there from the beginning, also where that is refused."""
        for slug in [slug for slug, _kind, _guests in ROOMS] * TABS:
            await self.at.listen(who, slug)

    async def take(self, verb: str, one: int, other: int) -> None:
        """One step. What cannot be is refused, or does nothing."""
        at = self.at
        who = at.people[one % len(at.people)]
        place = list(at.places.values())[other % len(at.places)]
        await getattr(self, verb)(who, place.slug, one + other)

    async def post(self, who: Who, slug: str, number: int) -> None:
        at = self.at
        at.step += 1
        mark = at.mark("message", slug)
        done = await at.ask(who, "post-message", room=slug, body=f"**{mark}**")
        if done is not None:
            at.places[slug].messages.append((int(done), who.name))

    async def change(self, do: str, who: Who, slug: str, number: int, **fields: str) -> None:
        if messages := self.at.places[slug].messages:
            await self.at.ask(who, do, message=messages[-1 - number % min(3, len(messages))][0], **fields)

    async def edit(self, who: Who, slug: str, number: int) -> None:
        at = self.at
        at.step += 1
        said = await at.said(slug, number)
        await self.change("edit-message", who, slug, number, body=at.mark("message", slug), based=str(said))

    async def delete(self, who: Who, slug: str, number: int) -> None:
        await self.change("delete-message", who, slug, number)

    async def react(self, who: Who, slug: str, number: int) -> None:
        self.at.step += 1
        await self.change("add-reaction", who, slug, number, emoji=self.at.mark("message", slug))

    async def join(self, who: Who, slug: str, number: int) -> None:
        place = self.at.places[slug]
        was = isinstance(who.actor, Guest) or who.name in place.members
        if not was:
            self.at.gains(who.name, slug)
        if await self.at.ask(who, "join-room", room=slug) is None and not was:
            self.at.loses(who.name, slug)

    async def remove(self, who: Who, slug: str, number: int) -> None:
        """By Ann, who owns the place; now and then for good."""
        at = self.at
        gone = at.people[1 + number % 4]
        if at.places[slug].kind == "direct":
            return
        if await at.ask(at.people[0], "ban-user" if number % 3 == 0 else "remove-user", room=slug, user=gone.name):
            at.loses(gone.name, slug)
            if number % 3 == 0:
                at.places[slug].banned.add(gone.name)

    async def unban(self, who: Who, slug: str, number: int) -> None:
        banned = self.at.places[slug].banned
        for name in sorted(banned):
            if await self.at.ask(self.at.people[0], "unban-user", room=slug, user=name):
                banned.discard(name)

    async def guests(self, who: Who, slug: str, number: int) -> None:
        """Let guests in, or no longer."""
        at, place = self.at, self.at.places[slug]
        if place.kind == "direct":
            return
        guests = ("none", "read", "write")[number % 3]
        before = [who.name for who in at.people if place.is_read_by(who.name)]
        was, place.guests = place.guests, "write"
        done = await at.ask(at.people[0], "edit-room", room=slug, guests=guests)
        place.guests = guests if done is not None else was
        for name in before:
            if not place.is_read_by(name):
                at.stops(name, slug)

    async def leave(self, who: Who, slug: str, number: int) -> None:
        if await self.at.ask(who, "leave-room", room=slug) is not None and slug in self.at.places:
            self.at.loses(who.name, slug)

    async def invite(self, who: Who, slug: str, number: int) -> None:
        at = self.at
        guest = at.people[number % 5]
        who = next((one for one in at.people if one.name in at.places[slug].members), who)
        was = guest.name in at.places[slug].members
        at.gains(guest.name, slug)
        if await at.ask(who, "invite-user", room=slug, user=guest.name) is None and not was:
            at.loses(guest.name, slug)

    async def direct(self, who: Who, slug: str, number: int) -> None:
        at = self.at
        other = at.people[number % 5]
        if isinstance(who.actor, Guest):
            return
        ids = sorted({who.actor.id, other.actor.id})
        at.direct(directs.slug(ids), {who.name, other.name})
        opened = str(await at.ask(who, "open-direct", users=other.name))
        await at.known(opened)
        await at.listen(who, opened)
        await self.post(who, opened, number)

    async def notify(self, who: Who, slug: str, number: int) -> None:
        told = self.at.people[number % 5]
        await self.at.ask(self.at.people[0], "send-notification", user=told.name, body=self.at.mark("own", told.name))

    async def listen(self, who: Who, slug: str, number: int) -> None:
        await self.at.listen(who, slug if number % 5 else "")

    async def hush(self, who: Who, slug: str, number: int) -> None:
        if len(self.at.ears) > 100:
            await self.at.hush(self.at.ears[number % len(self.at.ears)])

    async def sign_out(self, who: Who, slug: str, number: int) -> None:
        if not isinstance(who.actor, Guest):
            await self.at.sign_out(who)
            await self.at.sign_in(who)
            await self.tabs(who)

    async def type(self, who: Who, slug: str, number: int) -> None:
        for ear in self.at.ears[number % 7 :: 7]:
            ear.send({"do": "start-typing", "room": ear.room})

    async def read(self, who: Who, slug: str, number: int) -> None:
        await self.at.ask(who, "mark-read", room=slug, seq=number)

    async def quiet(self, who: Who, slug: str, number: int) -> None:
        await self.at.quiet()


async def told(steps: list[tuple[str, int, int]]) -> int:
    """Take the steps; how many frames were written."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data=Path(folder), limits=False))
        async with app.running():
            at = Eavesdropping(app)
            story = Story(at)
            await story.begin()
            for verb, one, other in steps:
                await story.take(verb, one, other)
                assert at.foreign == []
            await at.quiet()
            assert at.foreign == []
            for ear in list(at.ears):
                await at.hush(ear)
        return at.frames


@pytest.mark.timeout(600)
def test_nobody_is_sent_what_is_not_theirs(long_run: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With such small slices that a telling is seldom done when the next thing happens."""
    monkeypatch.setattr(audience, "SLICE", 3)
    monkeypatch.setattr(pump, "ROUND", 3)
    frames = 0

    @settings(
        max_examples=100 if long_run else 12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if long_run else [Phase.generate],
    )
    @given(STEPS)
    def tried(steps: list[tuple[str, int, int]]) -> None:
        nonlocal frames
        frames += anyio.run(told, steps)

    tried()
    assert frames >= (FRAMES if long_run else FRAMES // 2)
