"""What is drawn: messages and their envelopes, news, pages, and that a message costs one render a language."""

import json
import re
from html import unescape

import msgspec
import pytest

from tests.web.drawing import BASE, LINK, LOBBY, message, room_page
from webchat import events
from webchat.listed import DirectoryChanged
from webchat.model import Page, Person, Reaction, RoomLink
from webchat.notices import Notification, Tally
from webchat.notified import NotificationSent, NotificationsRead
from webchat.pinned import PinChanged
from webchat.web.avatars import hue, initials
from webchat.web.language import LANGUAGES
from webchat.web.render import KEPT, Renderer


@pytest.fixture(scope="module")
def shared() -> Renderer:
    return Renderer()


@pytest.fixture
def renderer(shared: Renderer) -> Renderer:
    """One that has drawn nothing yet."""
    shared._kept.clear()
    shared.renders = 0
    return shared


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
    assert '<p id="r-42"><span data-u="7 9" title="Ann Lee, Bob" data-vote>👍 <b>2</b></span></p>' in row


def test_posted_edited_and_reacted_have_their_own_envelopes(renderer: Renderer) -> None:
    old = message(id=1, seq=1, born=1, said=6, rev=6)
    gone = message(id=2, seq=2, born=2, said=7, rev=7, deleted=1, html="")
    liked = message(id=3, seq=3, born=3, said=3, rev=8, reactions=(Reaction("👍", (7,), ("Ann",)),))
    later = message(id=5, seq=6, born=9, said=9, rev=9)
    new = message(id=4, seq=5, born=5, said=10, rev=10)
    found = partials(renderer.changes("room.en", [old, gone, liked, later, new], since=4))
    assert [(target, swap) for target, swap, _rows in found] == [
        ("ol[data-end]", "place"), ("#m-1", "outerHTML"), ("#p-1", "outerHTML"),
        ("#m-2", "outerHTML"), ("#p-2", "delete"), ("#r-3", "outerHTML"),
    ]  # fmt: skip
    assert found[0][2] == renderer.message("en", new) + renderer.message("en", later)
    assert found[1][2] == renderer.message("en", old)
    assert found[5][2] == '<p id="r-3"><span data-u="7" title="Ann" data-vote>👍 <b>1</b></span></p>'


def test_posted_and_edited_in_one_frame_is_posted_as_it_stands(renderer: Renderer) -> None:
    both = message(born=5, said=6, rev=6, edited=1)
    assert [target for target, _swap, _rows in partials(renderer.changes("room.en", [both], 4))] == ["ol[data-end]"]
    assert [target for target, _swap, _rows in partials(renderer.changes("room.en", [both], 5))] == ["#m-42", "#p-42"]


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
    context["home"] = "/rooms/lobby"
    rows, link = partials(renderer.fragment("history", "en", **context))
    assert rows == ("#log:has(> [data-seq='5'])", "place", str(renderer.message("en", BASE)))
    assert link[:2] == (f"#history:has(#log > [data-seq='5']) {target}", "outerHTML")
    assert 'data-at="abc.5"' in link[2]
    assert f'hx-get="/rooms/lobby?{side}=4"' in link[2]


NEWS: list[tuple[events.Event, list[str]]] = [
    (events.RoomJoined(7, LINK), ["#rooms", "#foot[data-room='1']", "#directory"]),
    (
        events.RoomJoined(7, RoomLink(2, "d-7-8", "Bob", "direct", 0, 0, "bob"), "Eve"),
        ["#directs", "#foot[data-room='2']", "#toasts", "#directory"],
    ),
    (events.RoomOpened(LINK), ["#rooms", "#directory"]),
    (events.RoomLeft(7, "lobby", 1), ["#room-1", "#directory"]),
    (events.RoomRelisted(7, LINK), ["#rooms", "#directory"]),
    (events.RoomRoleSet(7, "lobby", 1), ["#foot[data-room='1']"]),
    (
        events.RoomEdited(LOBBY, "Place"),
        ["#title-1", "#name-1", "#about", "#foot:not([data-gate='open none everyone live'])"],
    ),
    (events.RoomArchived("lobby", 1, True), ["#room-1", "#directory"]),
    (DirectoryChanged(), ["#directory"]),
    (NotificationSent(7, Tally(2), Notification(3, "Build", "passed", 0)), ["#toasts", "#badge", "#inbox"]),
    (events.PresenceChanged("lobby", 300, (Person(7, "ann", "Ann"),)), ["#here", "#present"]),
    (PinChanged("lobby", BASE), ["#pin"]),
    (PinChanged("lobby"), ["#pin"]),
    (events.TypingChanged("lobby", (Person(7, "ann", "Ann"), Person(0, "", "Visitor"))), ["#typing"]),
]


@pytest.mark.parametrize(("event", "targets"), NEWS)
def test_news_goes_to_its_places(renderer: Renderer, event: events.Event, targets: list[str]) -> None:
    for lang in LANGUAGES:
        (text,) = renderer.news(f"room.{lang}", event)
        assert [target for target, _swap, _html in partials(text)] == targets


def test_news_as_data(renderer: Renderer) -> None:
    assert renderer.news("room.en", events.ReadMoved(7, 1, 12)) == ('{"read":{"1":12},"mentions":{"1":0}}',)
    assert renderer.news("room.en", events.MentionsChanged(7, 1, 5, 2)) == ('{"top":{"1":5},"mentions":{"1":2}}',)
    assert renderer.news("room.en", events.TopsMoved("place", "", {1: 5, 2: 6})) == ('{"top":{"1":5,"2":6}}',)
    badge, seen = renderer.news("room.en", NotificationsRead(7, Tally(), 3))
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


def test_what_each_who_comes_is_told_is_drawn_once_for_all_that_come_at_once(renderer: Renderer) -> None:
    for event, changed in (
        (events.RoomEdited(LOBBY, "Acme"), events.RoomEdited(msgspec.structs.replace(LOBBY, title="Hall"), "Acme")),
        (PinChanged("lobby", BASE), PinChanged("lobby", message(html="<p>other</p>"))),
    ):
        for lang in LANGUAGES:
            (first,) = renderer.news(f"room.{lang}", event)
            (again,) = renderer.news(f"room.{lang}", msgspec.structs.replace(event))
            (other,) = renderer.news(f"room.{lang}", changed)
            assert again is first
            assert other != first
    pin = PinChanged("lobby", BASE)
    assert renderer.news("room.en", pin) != renderer.news("room.zh", pin)
    stale = [
        renderer.greeting("foot_stale", "en", slug="lobby", words=words) for words in ("post", "post", "post join")
    ]
    assert stale[0] is stale[1]
    assert stale[0] != stale[2]
