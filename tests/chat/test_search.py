"""What is found by whom, on both databases: all that the reader's pages show, and nothing else."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import indexing, search, words
from webchat.chat.clock import DAY
from webchat.errors import Malformed, NotFound
from webchat.model import BOT, Guest
from webchat.store import Tx, search as stored, users

pytestmark = pytest.mark.anyio


async def find(place: Place, actor: Any, text: str, **more: Any) -> search.Results:
    return await place.store.browse(lambda tx: search.find(tx, actor, text, **more))


async def found(place: Place, actor: Any, text: str, **more: Any) -> list[str]:
    """The texts that are found, after all words were put there."""
    await indexing.do_some(place.store)
    return [one.message.body for one in (await find(place, actor, text, **more)).found]


@pytest.mark.parametrize(
    ("asked", "texts"),
    [
        ("plan", ["The plan, again", "A plan for the budget"]),
        ("PLAN budget", ["A plan for the budget"]),
        ('"the budget"', ["A plan for the budget"]),
        ('"budget the"', []),
        ('"the budget', ["A plan for the budget"]),
        ("plans", []),
        ("天气", ["今天天气很好"]),
        ("好", ["今天天气很好"]),
        ("天很", []),
        ("cafe", ["Un café à Paris"]),
        ("has:link", ["See https://example.org/a"]),
        ("example.org", ["See https://example.org/a"]),
        ("from:bob plan", ["The plan, again"]),
        ("from:@Bob plan", ["The plan, again"]),
        ("from:me plan", ["A plan for the budget"]),
        ("from:nobody plan", []),
        ("FROM：bob has:link", []),
        ("in:lobby plan", ["A plan for the budget"]),
        ("in:#team", ["The plan, again"]),
        ("u4", []),
        ("§u4", []),
    ],
)
async def test_what_is_found_by_what(place: Place, asked: str, texts: list[str]) -> None:
    for text in ("A plan for the budget", "今天天气很好", "Un café à Paris", "See https://example.org/a"):
        await place.say(place.cat, "lobby", text)
    await place.say(place.bob, "team", "The plan, again")
    assert await found(place, place.cat, asked) == texts


async def test_only_what_the_reader_may_see_now(place: Place) -> None:
    eve = await place.person("Eve", "moderator")
    await place.do(place.cat, c.CreateRoom("club", new_cid(), guests="read"))
    direct = await place.do(place.bob, c.OpenDirect(("cat",), new_cid()))
    for room in ("lobby", "team", "club", str(direct.id)):
        await place.say(place.cat, room, f"word {room}")
    bot = await place.store.read(lambda tx: users.by_id(tx, BOT))

    async def rooms(actor: Any) -> set[str]:
        return {text.removeprefix("word ") for text in await found(place, actor, "word")}

    everywhere = {"lobby", "team", "club"}
    assert await rooms(place.bob) == everywhere | {str(direct.id)}
    assert await rooms(place.dan) == await rooms(place.ann) == await rooms(eve) == {"lobby", "club"}
    assert await rooms(bot) == everywhere
    assert await rooms(place.guest) == {"club"}
    assert await rooms(place.welcome) == {"lobby", "club"}
    assert await rooms(Guest("k", "Vera", site=1, vouched=True)) == set()
    await place.do(place.cat, c.RemoveUser("team", "bob", new_cid()))
    await place.do(place.cat, c.BanUser("club", "bob", new_cid()))
    assert await rooms(place.bob) == {"lobby", str(direct.id)}
    for actor, room in ((place.bob, "club"), (place.dan, "team"), (place.guest, "lobby"), (place.bob, "nowhere")):
        with pytest.raises(NotFound, match="There is no room"):
            await find(place, actor, f"in:{room} word")


async def test_what_is_gone_is_not_found_before_its_words_are_taken_away(place: Place) -> None:
    said = [await place.say(place.bob, "lobby", f"word {n}") for n in range(5)]
    await place.do(place.ann, c.SetRules("lobby", new_cid(), reports=1))
    assert len(await found(place, place.bob, "word")) == 5
    await place.do(place.bob, c.DeleteMessage(said[0].id, new_cid()))
    await place.do(place.cat, c.ReportMessage(said[1].id, new_cid()))
    await place.do(place.bob, c.EditMessage(said[2].id, "other", said[2].said, new_cid()))

    async def now() -> list[str]:
        return [one.message.body for one in (await find(place, place.bob, "word")).found]

    assert await now() == ["word 4", "word 3"]
    assert await found(place, place.bob, "word") == ["word 4", "word 3"]
    assert await found(place, place.bob, "other") == ["other"]
    await place.do(place.ann, c.KeepMessage(said[1].id, new_cid()))
    assert await found(place, place.bob, "word") == ["word 4", "word 3", "word 1"]
    await place.do(place.ann, c.EraseUser("bob", new_cid()))
    assert await found(place, place.ann, "word") == []
    assert await place.store.read(lambda tx: tx.all("SELECT rowid FROM search ORDER BY rowid")) == []


async def test_what_waits_or_is_in_the_shadow_is_found_by_nobody(place: Place) -> None:
    await place.do(place.cat, c.MuteUser("team", new_cid(), 60, user="bob", shadow=True))
    await place.do(place.bob, c.PostMessage("team", "word", new_cid()))
    await place.do(place.ann, c.SetRules("lobby", new_cid(), hold="all"))
    await place.do(place.bob, c.PostMessage("lobby", "word", new_cid()))
    for actor in (place.bob, place.cat, place.ann):
        assert await found(place, actor, "word") == []


async def test_threads_of_sites_and_conversations_are_left_out(place: Place, desk: Any) -> None:
    await desk.ask(desk.vera, "word of a visitor")
    assert await found(place, place.ann, "word") == []
    assert await place.store.read(lambda tx: tx.all("SELECT rowid FROM search")) == []


async def test_pages_meet(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHOWN", 3)
    for n in range(8):
        await place.say(place.cat, "team" if n % 2 else "lobby", f"word {n}")
    await indexing.do_some(place.store)
    pages: list[list[str]] = []
    below = 0
    while not pages or below:
        page = await find(place, place.cat, "word", below=below)
        pages.append([one.message.body[-1] for one in page.found])
        below = page.next
    assert pages == [["7", "6", "5"], ["4", "3", "2"], ["1", "0"]]
    monkeypatch.setattr(search, "LOOKED_AT_FIRST", 1)
    page = await find(place, place.dan, "word")
    assert [one.message.body[-1] for one in page.found] == ["6", "4", "2"]
    monkeypatch.setattr(search, "LOOKED_AT", 1)
    page = await find(place, place.dan, "word")
    assert (page.found, page.next > 0) == ((), True)
    assert [one.message.body for one in (await find(place, place.dan, "word", below=page.next)).found] == ["word 6"]


async def test_by_day(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from webchat.chat import messages

    day = 1_767_225_600_000  # 2026-01-01
    for n in range(-1, 3):
        monkeypatch.setattr(messages, "now", lambda n=n: day + n * DAY)
        await place.say(place.cat, "lobby", f"word {n}")
    assert await found(place, place.cat, "word before:2026-01-01") == ["word -1"]
    assert await found(place, place.cat, "word after:2026-01-01") == ["word 2", "word 1"]
    assert await found(place, place.cat, "word after:2025-12-31 before:2026-01-02") == ["word 0"]
    assert await found(place, place.cat, "word before:2025-12-31") == []
    assert await found(place, place.cat, "word after:2027-01-01") == []


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("", "Write a word"),
        ("!!! …", "Write a word"),
        ("before:2026-01-31", "Write a word"),
        ("word before:yesterday", "Write the day as"),
        ("word after:2026-02-30", "Write the day as"),
        ("word before:20260131xx", "Write the day as"),
        ("has:word", "has:file or has:link"),
        ("a " * 11, "at most 10 words"),
        ("a" * 201, "at most 200 letters"),
        ("in:" + "x" * 150, "There is no room"),
        ('in:"" word', "There is no room"),
    ],
)
async def test_what_cannot_be_looked_for_says_what_can(place: Place, asked: str, says: str) -> None:
    with pytest.raises((Malformed, NotFound), match=says):
        await find(place, place.ann, asked)


@pytest.mark.parametrize(
    "asked", ["'", "\\", '" OR "', "a' & !'b", "NEAR(a b)", "a*", "-a", "words:a", "a\tb", ":*", "'a':1"]
)
async def test_nothing_is_said_to_the_database(place: Place, asked: str) -> None:
    await place.say(place.ann, "lobby", "or a b near words 1")
    await indexing.do_some(place.store)
    refused: list[str] = []
    try:
        await find(place, place.ann, asked)
    except Malformed as malformed:
        refused.append(malformed.sentence)
    assert refused in ([], [search.NOTHING_ASKED])


async def test_the_best_of_the_newest(place: Place) -> None:
    for text in ("word " * 3, "word and so much else that it is about something else", "word"):
        await place.say(place.ann, "lobby", text)
    assert [text[:8] for text in await found(place, place.ann, "word", sort="best")] == ["word wor", "word", "word and"]


async def test_files_are_found(place: Place) -> None:
    from tests.chat.test_attachments import put
    from webchat.chat import attachments

    file = await put(place, place.bob, "lobby")
    await place.do(place.bob, c.PostMessage("lobby", attachments.markdown(file), new_cid()))
    await place.say(place.bob, "lobby", "no file")
    [text] = await found(place, place.bob, "has:file")
    assert [text] == await found(place, place.bob, "a.bin")
    assert await found(place, place.bob, "has:link") == []


@pytest.mark.parametrize(
    ("body", "asked", "pieces"),
    [
        ("a <b> word & more", "word", ["a <b> ", "[word]", " & more"]),
        ("今天天气很好", "天气", ["今天", "[天气]", "很好"]),
        ("今天天气很好", "今天天气", ["[今天天气]", "很好"]),
        ("x" * 70 + " word " + "y" * 300, "word", ["…", "x" * 59 + " ", "[word]", " " + "y" * 115 + "…"]),
        ("none", "", ["none"]),
    ],
)
def test_what_is_shown_of_it(body: str, asked: str, pieces: list[str]) -> None:
    phrase = words.phrase(asked)
    places = list(words.places(phrase, list(words.words(body)))) if phrase else []
    shown = search.excerpt(body, search.joined(places))
    assert [f"[{piece.text}]" if piece.found else piece.text for piece in shown] == pieces


async def test_ids_rise_with_time(place: Place) -> None:
    assert await place.store.read(lambda tx: stored.first_at(tx, 5)) == 0

    def fill(tx: Tx) -> None:
        sql = (
            "INSERT INTO messages (id, room_id, seq, born, said, rev, author, title, body, html, at, cid, continues)"
            " VALUES ($1, 1, $1, $1, $1, $1, 0, '', '', '', $2, $3, 0)"
        )
        for number, at in ((3, 10), (4, 10), (9, 20), (30, 40)):
            tx.run(sql, number, at, str(number))
            stored.put(tx, number, ["word"])

    await place.store.write(fill)
    firsts = [await place.store.read(lambda tx, at=at: stored.first_at(tx, at)) for at in (1, 10, 11, 20, 21, 40, 41)]  # type: ignore[misc]
    assert firsts == [0, 0, 5, 5, 10, 10, 31]


async def test_of_long_texts_a_page_has_few(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LETTERS", 250)
    said = [await place.say(place.bob, "lobby", f"word {n} {'x' * 93}") for n in range(5)]
    assert len(await found(place, place.bob, "word", sort="best")) == 2
    seen, below = [], 0
    while True:
        page = await find(place, place.bob, "word", below=below)
        assert len(page.found) <= 2
        seen += [one.message.id for one in page.found]
        if not (below := page.next):
            break
    assert seen == [one.id for one in reversed(said)]
