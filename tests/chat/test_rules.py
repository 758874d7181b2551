"""What rooms ask of what is said in them."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import messages, rules
from webchat.chat.text import to_html
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, SignInNeeded, TooFast
from webchat.store import rules as stored

pytestmark = pytest.mark.anyio


class Clock:
    """The time at which things are said."""

    def __init__(self) -> None:
        self.at = 1_700_000_000_000

    def go_on(self, seconds: int) -> None:
        self.at += 1000 * seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(messages, "now", lambda: clock.at)
    return clock


async def ruled(place: Place, **given: Any) -> None:
    await place.do(place.cat, c.SetRules("team", new_cid(), **given))


async def test_slow_mode_lets_an_author_wait_and_says_how_long(place: Place, clock: Clock) -> None:
    await ruled(place, slow=30)
    await place.say(place.bob, "team", "one")
    before = await place.everything()
    clock.go_on(10)
    with pytest.raises(TooFast, match="slow mode") as refused:
        await place.say(place.bob, "team", "two")
    assert refused.value.after == 20
    assert await place.everything() == before
    for _ in range(2):
        await place.say(place.cat, "team", "who moderates does not wait")
    clock.go_on(20)
    await place.say(place.bob, "team", "two")
    await ruled(place, slow=0)
    assert not (await place.room("team")).ruled
    for _ in range(2):
        await place.say(place.bob, "team", "as fast as before")


async def test_of_two_at_once_one_waits(place: Place) -> None:
    await ruled(place, slow=60)
    asked = [place.chat.begin(place.bob, c.PostMessage("team", f"{n}", new_cid())) for n in range(5)]
    said, refused = 0, 0
    for one in asked:
        try:
            await one
            said += 1
        except TooFast:
            refused += 1
    assert (said, refused, (await place.room("team")).seq) == (1, 4, 1)


async def test_what_is_sent_again_is_no_second_message(place: Place) -> None:
    await ruled(place, slow=60, repeats="refused")
    command = c.PostMessage("team", "one", new_cid())
    first = await place.do(place.bob, command)
    assert (await place.do(place.bob, command)).id == first.id


async def test_slow_mode_goes_on_after_a_restart(place: Place) -> None:
    await ruled(place, slow=60)
    await place.say(place.bob, "team")
    place.store.close()
    place.store = place.reopen()
    place.chat = type(place.chat)(place.store, place.told.append)
    with pytest.raises(TooFast):
        await place.say(place.bob, "team")


async def test_each_guest_is_an_author(place: Place) -> None:
    await place.do(place.cat, c.EditRoom("team", new_cid(), guests="write"))
    await ruled(place, slow=60)
    await place.say(place.guest, "team")
    with pytest.raises(TooFast):
        await place.say(place.guest, "team")
    await place.say(place.welcome, "team")


@pytest.mark.parametrize(
    "text",
    ["see https://evil.test", "[x](http://evil.test)", "`www.evil.test`", "<mailto:a@b.test>", "HTTPS://EVIL.test"],
)
async def test_who_is_not_known_posts_no_links(place: Place, text: str) -> None:
    await ruled(place, links="known", known=2)
    with pytest.raises(Forbidden, match="2 messages"):
        await place.say(place.bob, "team", text)
    first = await place.say(place.bob, "team", "one")
    with pytest.raises(Forbidden):
        await place.do(place.bob, c.EditMessage(first.id, text, first.said, new_cid()))
    await place.say(place.bob, "team", "two")
    await place.say(place.bob, "team", text)
    await place.say(place.cat, "team", text)


async def test_what_is_deleted_makes_nobody_known(place: Place) -> None:
    first = await place.say(place.bob, "team", "before there are rules")
    await ruled(place, links="known", known=2)
    second = await place.say(place.bob, "team", "after it")
    await place.say(place.bob, "team", "https://fine.test")
    for message in (first, second):
        await place.do(place.cat, c.DeleteMessage(message.id, new_cid()))
    with pytest.raises(Forbidden):
        await place.say(place.bob, "team", "https://evil.test")


async def test_only_moderators_post_links(place: Place) -> None:
    await ruled(place, links="moderators")
    with pytest.raises(Forbidden, match="Only moderators"):
        await place.say(place.bob, "team", "https://evil.test")
    await place.say(place.bob, "team", "@cat is named, which is no link of that kind")
    await place.say(place.cat, "team", "https://fine.test")


WORDS = ("bad", "very evil", "坏话", "плохо")


@pytest.mark.parametrize(
    "text",
    [
        "bad", "so BAD.", "ｂａｄ", "bаd", "b\u200bad", "bád", "b\u0336a\u0336d\u0336", "b**a**d", "*bad*", "[x](https://bad.test)",
        "very  evil", "very\nevil", "这是坏话吧", "ПЛОХО", "你bad吧", "𝐛𝐚𝐝",
    ],
)  # fmt: skip
def test_a_word_is_found(text: str) -> None:
    assert rules.is_said(WORDS, text, to_html(text))


@pytest.mark.parametrize("text", ["badge", "forbade", "abad1", "evil, very", "坏 话", "неплохой", "b a d"])
def test_what_only_has_its_letters_is_no_such_word(text: str) -> None:
    assert not rules.is_said(WORDS, text, f"<p>{text}</p>")


async def test_words_are_refused_also_in_edits(place: Place) -> None:
    first = await place.say(place.bob, "team", "good")
    await ruled(place, words=("  bad  ", "bad", "so\nso"))
    assert (await place.store.read(lambda tx: stored.get(tx, 2))).words == ("bad", "so so")
    before = await place.everything()
    with pytest.raises(Forbidden, match="is not allowed"):
        await place.say(place.bob, "team", "BAD")
    with pytest.raises(Forbidden, match="is not allowed"):
        await place.do(place.bob, c.EditMessage(first.id, "bаd", first.said, new_cid()))
    assert await place.everything() == before
    await place.say(place.cat, "team", "bad, says who moderates")


async def test_the_same_is_not_said_twice_within_a_minute(place: Place, clock: Clock) -> None:
    await ruled(place, repeats="refused")
    await place.say(place.bob, "team", "Buy this!")
    with pytest.raises(Conflict, match="just said the same"):
        await place.say(place.bob, "team", "buy  THIS!")
    await place.say(place.cat, "team", "Buy this!")
    await place.say(place.bob, "team", "Something else")
    await place.say(place.bob, "team", "Buy this!")
    clock.go_on(60)
    await place.say(place.bob, "team", "Buy this!")


async def test_programs_are_free(place: Place) -> None:
    await ruled(place, slow=60, links="moderators", words=("bad",))
    dice = await place.person("Dice", "bot")
    await place.do(place.cat, c.InviteUser("team", "dice", new_cid()))
    for _ in range(2):
        await place.say(dice, "team", "bad https://fine.test")


async def test_a_room_without_rules_asks_nothing_of_the_store(place: Place) -> None:
    await ruled(place, slow=60)
    await ruled(place, slow=0, known=7)
    asked: list[str] = []
    room, member = await place.room("team"), None

    class Tx:
        def one(self, sql: str, *args: object) -> None:
            asked.append(sql)

    rules.judged(Tx(), place.bob, room, member, "x", "<p>x</p>", 0)  # type: ignore[arg-type]
    assert asked == []


async def test_the_second_of_two_who_change_rules_is_told(place: Place) -> None:
    await ruled(place, slow=5, based=0)
    before = await place.everything()
    with pytest.raises(Conflict, match="Somebody else"):
        await ruled(place, slow=6, based=0)
    assert await place.everything() == before
    await ruled(place, slow=5, based=1)


@pytest.mark.parametrize(
    ("actor", "room", "why"),
    [
        ("guest", "team", SignInNeeded),
        ("bob", "team", Forbidden),
        ("ann", "team", NotFound),
        ("dan", "team", NotFound),
        ("cat", "nowhere", NotFound),
        ("cat", "lobby", Forbidden),
    ],
)
async def test_who_may_not_changes_no_rules(place: Place, actor: str, room: str, why: type[Refused]) -> None:
    before = await place.everything()
    with pytest.raises(why):
        await place.do(getattr(place, actor), c.SetRules(room, new_cid(), slow=1))
    assert (await place.everything(), place.told) == (before, [])


async def test_a_word_that_shows_nothing_is_refused(place: Place) -> None:
    before = await place.everything()
    with pytest.raises(Malformed, match="nothing that can be seen"):
        await ruled(place, words=("bad", "\u200b"))
    assert await place.everything() == before
