"""What is drawn: messages and their envelopes, news, pages, and that a message costs one render a language."""

import json
import re
from html import unescape
from typing import Any

import msgspec
import pytest

from webchat import events
from webchat.model import Guest, Message, Notification, Page, Person, Reaction, Room, RoomLink, User
from webchat.web.language import LANGUAGES
from webchat.web.render import KEPT, Renderer, hue, initials

ANN = User(7, "ann", "Ann Lee", "admin")
LOBBY = Room(1, "lobby", "Lobby", "All & sundry", "open", "none", 9, 4)
LINK = RoomLink(1, "lobby", "Lobby", "open", 4, 2)
BASE = Message(
    id=42, room="lobby", seq=4, born=5, said=5, rev=5, author=7, title="Ann Lee", body="*hi*",
    html="<p><em>hi</em></p>", at=1_795_341_905_000, cid="c" * 22,
)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Renderer:
    return Renderer()


@pytest.fixture
def renderer(shared: Renderer) -> Renderer:
    """One that has drawn nothing yet."""
    shared._kept.clear()
    shared.renders = 0
    return shared


def message(**changes: Any) -> Message:
    return msgspec.structs.replace(BASE, **changes)


def partials(html: str) -> list[tuple[str, str, str]]:
    """(target, swap, content) of every envelope; nothing may stand outside them."""
    found = re.findall(r'<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', html, re.DOTALL)
    assert not re.sub(r"<hx-partial.*?</hx-partial>", "", html, flags=re.DOTALL).strip()
    return [(unescape(target), swap, content) for target, swap, content in found]


def test_a_message(renderer: Renderer) -> None:
    assert renderer.message("en", BASE) == (
        '<li id="m-42" data-seq="4" data-by="7" data-cid="cccccccccccccccccccccc">'
        '<b class="h7" data-i="AL">Ann Lee</b>'
        ' <a href="/rooms/lobby/m/4"><time datetime="2026-11-22T10:05:05Z">2026-11-22 10:05 UTC</time></a>'
        '<div><p><em>hi</em></p></div><p id="r-42"></p></li>'
    )


def test_markup_beyond_the_text_is_at_most_300_bytes(renderer: Renderer) -> None:
    """Of an edited, continued one with an id, a place and a room as long as they get in a big place."""
    long = message(id=1_234_567, seq=123_456, author=1_234, room="engineering", edited=1, continues=True)
    for lang in LANGUAGES:
        row = renderer.message(lang, long)
        words = long.html, long.title, renderer.translate(lang, "(edited)", {})
        beyond = len(row.encode()) - sum(len(word.encode()) for word in words)
        assert beyond <= 300
    assert len(renderer.message("en", BASE)) - len(BASE.html) <= 250


def test_who_reads_changes_nothing_and_nobody_s_secret_is_told(renderer: Renderer) -> None:
    row = renderer.message("en", message(author=0, guest="very-secret", title="Visitor"))
    assert "very-secret" not in row
    assert 'data-by="0"' in row
    assert not re.search(r"<(button|form|input)\b", row)


def test_names_are_escaped_and_text_is_as_the_sanitiser_left_it(renderer: Renderer) -> None:
    row = renderer.message("en", message(title='<b onclick="x">"&'))
    assert "<b onclick" not in row
    assert "&lt;b onclick=&#34;x&#34;&gt;&#34;&amp;" in row
    assert "<p><em>hi</em></p>" in row


def test_continued_edited_deleted(renderer: Renderer) -> None:
    assert " data-continues>" in renderer.message("en", message(id=1, continues=True))
    assert "<small>(edited)</small>" in renderer.message("en", message(id=2, edited=1))
    assert "<small>（已编辑）</small>" in renderer.message("zh", message(id=2, edited=1))
    gone = renderer.message("en", message(id=3, deleted=1, html="", body="", cid=""))
    assert '<p class="gone">This message was deleted.</p><p id="r-3"></p></li>' in gone
    assert "data-cid" not in gone


def test_reactions_carry_counts_and_names(renderer: Renderer) -> None:
    row = renderer.message("en", message(reactions=(Reaction("👍", (7, 9), ("Ann Lee", "Bob")),)))
    assert '<p id="r-42"><span data-u="7 9" title="Ann Lee, Bob">👍 <b>2</b></span></p>' in row


def test_posted_edited_and_reacted_have_their_own_envelopes(renderer: Renderer) -> None:
    old = message(id=1, seq=1, born=1, said=6, rev=6)
    gone = message(id=2, seq=2, born=2, said=7, rev=7, deleted=1, html="")
    liked = message(id=3, seq=3, born=3, said=3, rev=8, reactions=(Reaction("👍", (7,), ("Ann",)),))
    later = message(id=5, seq=6, born=9, said=9, rev=9)
    new = message(id=4, seq=5, born=5, said=10, rev=10)
    found = partials(renderer.changes("room.en", [old, gone, liked, later, new], since=4))
    assert [(target, swap) for target, swap, _rows in found] == [
        ("ol[data-end]", "place"), ("#m-1", "outerHTML"), ("#m-2", "outerHTML"), ("#r-3", "outerHTML"),
    ]  # fmt: skip
    assert found[0][2] == renderer.message("en", new) + renderer.message("en", later)
    assert found[1][2] == renderer.message("en", old)
    assert found[3][2] == '<p id="r-3"><span data-u="7" title="Ann">👍 <b>1</b></span></p>'


def test_posted_and_edited_in_one_frame_is_posted_as_it_stands(renderer: Renderer) -> None:
    both = message(born=5, said=6, rev=6, edited=1)
    assert [target for target, _swap, _rows in partials(renderer.changes("room.en", [both], 4))] == ["ol[data-end]"]
    assert [target for target, _swap, _rows in partials(renderer.changes("room.en", [both], 5))] == ["#m-42"]


def test_nothing_changed_is_nothing(renderer: Renderer) -> None:
    assert renderer.changes("room.en", [], 4) == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_and_the_frame_are_byte_equal(renderer: Renderer, lang: str) -> None:
    seen = message(edited=1, reactions=(Reaction("🎉", (1,), ("Bob",)),))
    run = Page((seen,), 5, False, False)
    page = room_page(renderer, lang, run)
    renderer._kept.clear()
    frame = renderer.changes(f"room.{lang}", [seen], 0)
    (row,) = re.findall(r'<li id="m-42".*?</li>', frame)
    assert row in page
    assert f'<ol id="log" hx-ignore data-end>{row}</ol>' in renderer.reset(f"room.{lang}", "lobby", run)


def test_a_message_costs_one_render_a_language(renderer: Renderer) -> None:
    for _reader in range(1_000):
        renderer.changes("room.en", [BASE], 0)
        renderer.changes("room.zh", [BASE], 0)
    assert renderer.renders == 2
    renderer.changes("room.en", [message(rev=6, said=6)], 0)
    assert renderer.renders == 3


def test_not_everything_is_kept(renderer: Renderer) -> None:
    for number in range(1, KEPT + 50):
        renderer.message("en", message(id=number))
    assert len(renderer._kept) == KEPT
    renderer.message("en", message(id=1))
    assert renderer.renders == KEPT + 50
    long = message(id=9_999_999, html="x" * 10_000)
    renderer.message("en", long)
    renderer.message("en", long)
    assert renderer.renders == KEPT + 52


def test_reset_replaces_the_list_by_the_page_s_own_partial(renderer: Renderer) -> None:
    run = Page((BASE,), 5, True, True)
    ((target, swap, html),) = partials(renderer.reset("room.en", "lobby", run))
    assert (target, swap) == ("#history", "outerHTML")
    assert 'href="/rooms/lobby?before=4"' in html
    assert 'href="/rooms/lobby?after=4"' in html
    assert "data-end" not in html


@pytest.mark.parametrize(("side", "target"), [("before", "#earlier"), ("after", "#later")])
def test_history_brings_rows_and_the_next_link(renderer: Renderer, side: str, target: str) -> None:
    context = {"room": LOBBY, "page": Page((BASE,), 5, True, True), "at": "abc.5", "side": side, "seq": 5}
    rows, link = partials(renderer.fragment("history", "en", **context))
    assert rows == ("#log:has(> [data-seq='5'])", "place", str(renderer.message("en", BASE)))
    assert link[:2] == (f"#history:has(#log > [data-seq='5']) {target}", "outerHTML")
    assert 'data-at="abc.5"' in link[2]
    assert f'hx-get="/rooms/lobby?{side}=4"' in link[2]


NEWS: list[tuple[events.Event, list[str]]] = [
    (events.RoomJoined(7, LINK), ["#rooms"]),
    (events.RoomJoined(7, RoomLink(2, "d-7-8", "Bob", "direct", 0, 0, "bob")), ["#directs"]),
    (events.RoomOpened(LINK), ["#rooms", "#directory"]),
    (events.RoomLeft(7, "lobby", 1, True), ["#room-1"]),
    (events.NotificationSent(7, Notification(1, 3, "Build", "passed", 0), 2), ["#toasts", "#badge", "#inbox"]),
    (events.PresenceChanged("lobby", 300, (Person(7, "ann", "Ann"),)), ["#here", "#present"]),
    (events.TypingChanged("lobby", (Person(7, "ann", "Ann"), Person(0, "", "Visitor"))), ["#typing"]),
]


@pytest.mark.parametrize(("event", "targets"), NEWS)
def test_news_goes_to_its_places(renderer: Renderer, event: events.Event, targets: list[str]) -> None:
    for lang in LANGUAGES:
        (text,) = renderer.news(f"room.{lang}", event)
        assert [target for target, _swap, _html in partials(text)] == targets


def test_news_as_data(renderer: Renderer) -> None:
    assert renderer.news("room.en", events.ReadMoved(7, 1, 12)) == ('{"read":{"1":12}}',)
    assert renderer.news("room.en", events.TopsMoved("place", "", {1: 5, 2: 6})) == ('{"top":{"1":5,"2":6}}',)
    badge, seen = renderer.news("room.en", events.NotificationsRead(7, 3, 0))
    assert partials(badge)[0][0] == "#badge"
    assert json.loads(seen) == {"seen": 3}
    assert renderer.news("room.en", events.SignedOut(7, "hash")) == ()


def test_no_frame_can_be_taken_for_data(renderer: Renderer) -> None:
    """hx-ws takes a text that parses as JSON for data and does not swap it."""
    for event, _targets in NEWS:
        for text in renderer.news("room.en", event):
            assert text.lstrip().startswith("<")


def test_sentences(renderer: Renderer) -> None:
    sentence = "There is nobody called %(name)s."
    assert renderer.translate("en", sentence, {"name": "<eve>"}) == "There is nobody called <eve>."
    assert renderer.translate("zh", sentence, {"name": "eve"}) == "没有叫 eve 的人。"
    assert renderer.translate("zh", "100 % unknown", {}) == "100 % unknown"


def test_my_style_sheet_knows_only_my_number(renderer: Renderer) -> None:
    css = renderer.me_css(7, "ann")
    assert '[data-by="7"]' in css
    assert "ann" not in css


def test_everything_is_under_the_base() -> None:
    html = room_page(Renderer("/chat"), "en", Page((BASE,), 5, True, True))
    for attribute in ("href", "src", "action", "hx-get", "hx-ws:connect"):
        for url in re.findall(rf' {attribute}="([^"]*)"', html):
            assert url.startswith(("/chat/", "#")), (attribute, url)


PAGES = ("setup", "sign_in", "rooms", "room", "message", "direct_start", "inbox", "settings", "error")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("me", [ANN, Guest("k" * 20, "Visitor"), None])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_for_everybody(renderer: Renderer, name: str, me: User | Guest | None, lang: str) -> None:
    contexts: dict[str, dict[str, Any]] = {
        "setup": {}, "sign_in": {"guests": True}, "rooms": {"directory": [LINK], "member_slugs": {"lobby"}},
        "room": room_context(), "message": room_context() | {"message": BASE, "may": MESSAGE_MAY, "around": 4},
        "direct_start": {"person": Person(8, "bob", "Bob")},
        "inbox": {"notifications": [Notification(1, 1, "", "passed", 0)]}, "settings": {},
        "error": {"status": 404, "sentence": "x"},
    }  # fmt: skip
    html = renderer.page(name, lang, me=me, signed_in=isinstance(me, User), rooms=[LINK], **contexts[name])
    assert html.startswith("<!doctype html>")
    assert f'<html lang="{"zh-CN" if lang == "zh" else lang}"' in html
    ids = re.findall(r' id="([^"]+)"', re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL))
    assert len(set(ids)) == len(ids)
    assert "k" * 20 not in html


def test_every_form_has_a_fresh_cid(renderer: Renderer) -> None:
    html = room_page(renderer, "en", Page((), 5, False, False))
    cids = re.findall(r'name="cid" value="([^"]*)"', html)
    assert len(cids) > 2
    assert len(set(cids)) == len(cids)
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{16,64}", cid) for cid in cids)


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("Ann Lee", "AL"),
        ("ann", "A"),
        ("陈小明", "陈"),
        ("build-bot", "BB"),
        ("Élodie Marie", "É"),
        ("!?", "!"),
        ("", ""),
    ],
)
def test_initials(title: str, letters: str) -> None:
    assert initials(title) == letters


def test_hues_are_eight_and_stay() -> None:
    assert {hue(author, "") for author in range(1, 100)} == set(range(8))
    assert hue(0, "Visitor") == hue(0, "Visitor")


class RoomMay:
    post = react = join = leave = invite = moderate = True


MESSAGE_MAY = {"edit": True, "delete": True, "react": True}


def room_context(run: Page | None = None) -> dict[str, Any]:
    return {
        "room": LOBBY, "link": LINK, "page": run or Page((BASE,), 5, True, True), "at": "abc.5", "may": RoomMay(),
        "people": (Person(7, "ann", "Ann"), Person(0, "", "Visitor")), "here": 2, "members": (Person(7, "ann", "Ann"),),
    }  # fmt: skip


def room_page(renderer: Renderer, lang: str, run: Page) -> str:
    return renderer.page("room", lang, me=ANN, signed_in=True, rooms=[LINK], **room_context(run))
