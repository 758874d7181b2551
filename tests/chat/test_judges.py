"""Naming the program that judges: who may, which, and where it holds."""

import pytest

from tests.chat.conftest import new_cid
from tests.chat.courts import GUS, Court
from webchat import commands as c
from webchat.errors import Forbidden, Malformed, Refused
from webchat.model import Actor
from webchat.rules import Judge
from webchat.store import judges as stored

pytestmark = pytest.mark.anyio


async def test_another_judge_begins_anew_and_another_rule_changes_nothing_of_it(court: Court) -> None:
    court.receiver.says("broken", status=500)
    await court.ask("Hello")
    before, secret = await court.judge(), court.secret
    await court.opens(slow=1)
    assert (await court.judge(), court.secret, before.secret) == (before, secret, secret)
    await court.opens(judge=court.receiver.url + "b")
    assert await court.judge() == Judge(court.receiver.url + "b", court.secret)
    assert court.secret != secret
    await court.opens(judge="", slow=0)
    assert (await court.judge(), (await court.place.room("lobby")).ruled) == (Judge(), True)  # a text waits there


async def test_only_admins_name_one_that_the_operator_trusts(court: Court) -> None:
    place, before = court.place, await court.place.everything()
    tried: list[tuple[Actor, str, str]] = [
        (place.cat, "team", court.receiver.url),
        (place.cat, "team", "https://inside.example/"),
        (place.cat, "team", "https://127.0.0.1/"),
        (place.ann, "lobby", "http://judge.example/"),
        (place.ann, "lobby", "https://10.0.0.1/"),
        (place.ann, "lobby", "judge"),
    ]
    for actor, room, url in tried:
        with pytest.raises(Malformed):
            await place.do(actor, c.SetRules(room, new_cid(), judge=url))
    with pytest.raises(Refused):
        await place.do(place.bob, c.SetRules("lobby", new_cid(), judge=""))
    assert await place.everything() == before
    done = await place.do(place.cat, c.SetRules("team", new_cid(), judge=" https://judge.example/ "))
    assert done.secret.startswith("whsec_")


async def test_a_name_that_leads_to_this_machine_is_not_called(court: Court) -> None:
    place = court.place
    await place.do(place.cat, c.SetRules("team", new_cid(), judge="https://localhost/", unjudged="allow"))
    await place.say(place.bob, "team")
    judge = await place.store.read(lambda tx: stored.get(tx, 2))
    assert "not one of the internet" in judge.error


async def test_the_judge_of_a_site_judges_its_threads(court: Court) -> None:
    place = court.place
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid()))
    await place.do(place.ann, c.SetSiteRules("blog", new_cid(), judge=court.receiver.url))
    court.says("reject", "No")
    with pytest.raises(Forbidden, match="No"):
        await place.say(GUS, "blog.post", "Hello")
    court.says("allow")
    await place.say(GUS, "blog.post", "Hello")
    await place.do(place.ann, c.SetRules("blog.post", new_cid(), slow=1))
    slug = await place.room("blog.post")
    own, of_site = await place.store.read(lambda tx: (stored.get(tx, slug.id), stored.of_site(tx, 1)))
    assert own == of_site
    court.receiver.says("broken", status=500)
    await place.do(GUS, c.PostMessage("blog.other", "Hello", new_cid()))
    own, of_site = await place.store.read(lambda tx: (stored.get(tx, slug.id), stored.of_site(tx, 1)))
    assert (own.error, of_site.error) == ("HTTP 500", "HTTP 500")
    await place.do(place.ann, c.SetRules("blog.post", new_cid(), own=False))
    court.says("allow")
    await place.say(GUS, "blog.post", "Hello")
