"""<web-danmaku>: what is said in a thread flies over a film, by the film's clock, and never over each other."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.films import said, showing, watch

SEEK = """async (there) => {
    video.currentTime = there;
    await new Promise((done) => video.addEventListener('seeked', done, { once: true }));
    await frames(2);
}"""
BOXES = """spans().map((span) => {
    const { x, y, width, height } = span.getBoundingClientRect();
    return { text: span.textContent, color: getComputedStyle(span).color, x, y, width, height };
})"""


def test_it_keeps_the_course_of_the_film(screen: Page) -> None:
    with showing([said(1_000, "one")]) as site:
        watch(screen, site)
        screen.evaluate("video.play()")
        screen.wait_for_function("spans().length && video.currentTime > 1.5")
        flying = screen.evaluate("course(1000)")
        assert abs(flying["left"] - flying["due"]) < 30, "a quarter of a second is 25 pixels"
        screen.evaluate("video.pause()")
        stopped = screen.evaluate("frames(3).then(() => course(1000))")
        later = screen.evaluate("frames(10).then(() => course(1000))")
        assert stopped == later
        assert stopped["left"] == pytest.approx(stopped["due"], abs=0.5)
        for there in (3.5, 2, 8.9):
            screen.evaluate(SEEK, there)
            sought = screen.evaluate("frames(2).then(() => course(1000))")
            assert sought["at"] == there
            assert sought["left"] == pytest.approx(sought["due"], abs=0.5)
        screen.evaluate(SEEK, 9.1)
        assert screen.evaluate("spans().length") == 0
        screen.evaluate(SEEK, 0.9)
        assert screen.evaluate("spans().length") == 0
        screen.evaluate("video.playbackRate = 4; video.play()")
        screen.wait_for_function("video.currentTime > 3")
        fast = screen.evaluate("course(1000)")
        assert abs(fast["left"] - fast["due"]) < 60
        screen.evaluate("video.pause()")
        stopped = screen.evaluate("frames(3).then(() => course(1000))")
        assert stopped["left"] == pytest.approx(stopped["due"], abs=0.5)


def test_it_waits_while_the_film_does(screen: Page) -> None:
    with showing([said(500, "one")]) as site:
        watch(screen, site)
        screen.evaluate("video.play()")
        screen.wait_for_function("spans().length")
        assert screen.evaluate("spans()[0].getAnimations()[0].playState") == "running"
        screen.evaluate("""() => {
            Object.defineProperty(video, 'readyState', { configurable: true, get: () => 2 });
            video.dispatchEvent(new Event('waiting'));
        }""")
        assert screen.evaluate("spans()[0].getAnimations()[0].playState") == "paused"
        screen.evaluate("delete video.readyState; video.dispatchEvent(new Event('playing'))")
        assert screen.evaluate("spans()[0].getAnimations()[0].playState") == "running"


def test_it_asks_for_what_comes_and_forgets_what_was(screen: Page) -> None:
    comments = [said(t, str(t)) for t in (1_000, 61_000, 121_000)]
    with showing(comments) as site:
        watch(screen, site, by_hand=True)
        assert site.asked == [0]
        for at, asked in ((49, [0]), (51, [0, 1]), (61.5, [0, 1]), (69, [0, 1]), (111, [0, 1, 2]), (1.5, [0, 1, 2, 0])):
            screen.evaluate("at => { turn(at); return settled(); }", at)
            assert site.asked == asked
        assert screen.evaluate("spans().map((span) => span.textContent)") == ["1000"]


def test_live_comments_fly_at_once_and_vanish_in_flight(screen: Page) -> None:
    with showing([said(900, "stored", 1)]) as site:
        watch(screen, site, by_hand=True)
        fly = {
            "type": "fly",
            "t": 800,
            "mode": "scroll",
            "color": "#ff8800",
            "text": "<b>live</b>",
            "id": 2,
            "by": "Bob",
        }
        texts = "spans().map((span) => span.textContent)"
        screen.evaluate("turn(1)")
        screen.evaluate("tell", fly | {"room": "other"})
        screen.evaluate("tell", fly | {"site": "other"})
        assert screen.evaluate(texts) == ["stored"]
        screen.evaluate("tell", fly)
        screen.evaluate("tell", fly)
        screen.evaluate("tell", fly | {"id": 3, "t": 2_000, "text": "to come"})
        assert screen.evaluate(texts) == ["stored", "<b>live</b>"]
        assert screen.evaluate("[spans()[1].style.color, spans()[1].getBoundingClientRect().left]") == [
            "rgb(255, 136, 0)",
            800,
        ]
        screen.evaluate("turn(2.5)")
        assert screen.evaluate(texts) == ["stored", "<b>live</b>", "to come"]
        screen.evaluate("tell", {"type": "unfly", "id": 2})
        screen.evaluate("tell", {"type": "unfly", "id": 1})
        assert screen.evaluate(texts) == ["to come"]
        screen.evaluate("turn(1), turn(2.5)")
        assert screen.evaluate(texts) == ["to come"]


def test_modes_and_colours(screen: Page) -> None:
    said_so = [
        said(1_000, "left", 1),
        said(1_000, "right", 2, "reverse"),
        said(1_000, "above", 3, "top", "#00ff00"),
        said(1_000, "below", 4, "bottom", "red;position:fixed"),
        said(1_000, "odd", 5, "sideways"),
    ]
    with showing(said_so) as site:
        watch(screen, site, by_hand=True)
        screen.evaluate("turn(3)")
        boxes = {one["text"]: one for one in screen.evaluate(BOXES)}
        assert boxes["left"]["x"] > 500
        assert boxes["right"]["x"] < 200
        assert boxes["odd"]["x"] > 500
        for name, (low, high) in {"above": (0, 10), "below": (225, 265)}.items():
            assert low <= boxes[name]["y"] <= high
            assert boxes[name]["x"] + boxes[name]["width"] / 2 == pytest.approx(400, abs=1)
        assert [boxes[name]["color"] for name in ("above", "below", "left")] == [
            "rgb(0, 255, 0)", "rgb(255, 255, 255)", "rgb(255, 255, 255)",
        ]  # fmt: skip
        screen.evaluate("turn(5.1)")
        assert sorted(one["text"] for one in screen.evaluate(BOXES)) == ["left", "odd", "right"]


def test_settings(screen: Page) -> None:
    comments = [said(1_000 + n, f"number {n}", n + 1, by="Ann" if n % 2 else "Bob") for n in range(8)]
    with showing(comments) as site:
        watch(screen, site, by_hand=True)
        screen.evaluate("turn(3)")
        before = screen.evaluate(BOXES)
        assert len(before) > 5

        def with_(**attributes: str) -> list[dict[str, Any]]:
            screen.evaluate(
                """async (all) => {
                const other = ({ name }) => !['site', 'room'].includes(name);
                for (const { name } of [...host.attributes].filter(other)) host.removeAttribute(name);
                for (const [name, value] of Object.entries(all)) host.setAttribute(name, value);
                await frames(2);
            }""",
                attributes,
            )
            found: list[dict[str, Any]] = screen.evaluate(BOXES)
            return found

        assert all(one["y"] < 180 for one in with_(area="0.5"))
        assert with_(size="2")[0]["height"] == 2 * before[0]["height"]
        assert with_(speed="2")[0]["x"] < before[0]["x"] - 100
        assert 0 < len(with_(density="0.3")) < len(with_())
        assert with_(density="0") == []
        assert {one["text"] for one in with_(hide=" number 0, NUMBER 1")} <= {f"number {n}" for n in range(2, 10)}
        assert {int(one["text"].split()[1]) % 2 for one in with_(hide="bob")} == {1}
        with_(opacity="0.5")
        assert screen.evaluate("getComputedStyle(host.shadowRoot.querySelector('div')).opacity") == "0.5"
        assert with_() == before


def test_ones_own_has_its_place(screen: Page) -> None:
    comments = [said(1_000, f"number {n}", n + 1) for n in range(40)] + [said(1_001, "mine", 99, by="Me")]
    with showing(comments) as site:
        watch(screen, site, by_hand=True)
        screen.evaluate("turn(1.5)")
        assert "mine" not in [one["text"] for one in screen.evaluate(BOXES)]
        screen.evaluate("host.setAttribute('me', 'Me'); frames(2)")
        screen.wait_for_function(
            "spans().some((span) => span.textContent === 'mine' && span.style.outlineStyle === 'solid')"
        )
        assert screen.evaluate("overlaps()") == 0


def test_who_wants_no_motion_has_none(screen: Page) -> None:
    screen.emulate_media(reduced_motion="reduce")
    with showing([said(1_000, "one")]) as site:
        watch(screen, site, by_hand=True)
        screen.evaluate("turn(1.5)")
        assert screen.evaluate("spans().length") == 0
        screen.emulate_media(reduced_motion="no-preference")
        screen.wait_for_function("spans().length === 1")
        assert screen.evaluate("host.shadowRoot.querySelector('div').ariaHidden") == "true"
        screen.emulate_media(reduced_motion="reduce")
        screen.wait_for_function("spans().length === 0")


def test_taken_out_it_hears_no_more(screen: Page) -> None:
    with showing() as site:
        watch(screen, site, by_hand=True)
        fly = {"type": "fly", "t": 900, "mode": "scroll", "color": "#ffffff", "text": "one", "id": 1, "by": "Bob"}
        screen.evaluate("turn(1)")
        screen.evaluate(
            "for (let i = 0; i < 50; i += 1) { const body = host.parentNode; host.remove(); body.append(host); }"
        )
        screen.evaluate("settled()")
        screen.evaluate("turn(1)")
        screen.evaluate("tell", fly)
        assert screen.evaluate("spans().length") == 1
        screen.evaluate("host.remove(); frames(3)")
        screen.evaluate(
            "document.dispatchEvent(new CustomEvent('webchat', { detail: { site: 'blog', room: 'film' } }))"
        )
        screen.evaluate(
            "detail => document.dispatchEvent(new CustomEvent('webchat', { detail }))",
            fly | {"site": "blog", "room": "film", "id": 2},
        )
        assert screen.evaluate("spans().length") == 0


def test_a_server_that_is_gone_is_no_trouble(screen: Page) -> None:
    with showing([said(1_000, "one")]) as site:
        watch(screen, site, by_hand=True)
    screen.evaluate("turn(1.5)")
    assert screen.evaluate("spans().length") == 1


def test_the_heatmap_is_as_long_as_the_film(screen: Page) -> None:
    with showing() as site:
        watch(screen, site)
        screen.evaluate("""async () => {
            await import(new URL('heatmap.js', location));
            host.append(document.createElement('web-heatmap'));
        }""")
        screen.wait_for_function("document.querySelector('web-heatmap').style.clipPath")
        shape = screen.evaluate("document.querySelector('web-heatmap').style.clipPath")
    assert shape == (
        "polygon(0px 100%, 0% 75%, 25% 75%, 25% 0%, 50% 0%, 50% 100%, 75% 100%, 75% 50%, 100% 50%, 100% 100%)"
    )
