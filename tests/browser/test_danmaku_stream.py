"""<web-stream>: over a live stream what is said flies when its picture is shown, however late one sees that."""

import gzip
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.films import Site, said, showing, watch
from webchat.web.assets import STATIC

STREAM = """async () => {
    await import(new URL('stream.js', location));
    window.begun = Date.now() - 600_000;
    window.ahead = 500_000; // of the player's clock
    window.at = (ms) => turn((ms - ahead) / 1000);
    window.begins = (start) => {
        window.stream = document.createElement('web-stream');
        stream.setAttribute('start', start);
        stream.date = () => new Date(begun + ahead + video.currentTime * 1000);
        host.append(stream);
    };
    const looks = { mode: 'scroll', color: '#ffffff', by: 'Bob' };
    window.fly = (id, t) => tell({ type: 'fly', id, t, text: String(id), ...looks });
    window.unfly = (id) => tell({ type: 'unfly', id });
    window.texts = () => spans().map((span) => span.textContent);
    // The player begins anew, of whose pictures there is no date, and all rows are free.
    window.anew = (date) => {
        for (const id of texts()) unfly(Number(id));
        stream.date = date;
        video.dispatchEvent(new Event('emptied'));
        host.toggleAttribute('anew');
        return frames(2);
    };
    begins(new Date(begun).toISOString());
    await frames(2);
    await settled();
}"""
"""Ten minutes ago it began. Of the player's own clock eight minutes and twenty seconds are the beginning."""


def live(page: Page, site: Site, by_hand: bool = True) -> None:
    """Watch a stream of which each picture has a date."""
    watch(page, site, by_hand=by_hand)
    page.evaluate(STREAM)


def flying(page: Page, does: str = "") -> list[str]:
    """What flies after that was done, and what is asked for then has come."""
    found: list[str] = page.evaluate(f"async () => {{ {does}; await settled(); return texts(); }}")
    return found


def test_it_is_small() -> None:
    assert len(gzip.compress((STATIC / "embed" / "stream.js").read_bytes(), 9, mtime=0)) <= 1_536


def test_it_waits_for_who_sees_the_picture_later_and_not_for_who_saw_it(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        assert flying(screen, "at(570_000); fly(1, 590_000); fly(2, 605_000)") == []
        assert flying(screen, "at(589_900)") == []
        assert flying(screen, "at(590_001)") == ["1"]
        assert site.asked[-1] == 10, "the minute was loaded before it came, and has it not"
        assert flying(screen, "at(604_900)") == []
        assert flying(screen, "fly(3, 560_000)") == ["3"], "ahead of its author by more than a flight"
        assert flying(screen, "at(605_001)") == ["3", "2"]
        assert screen.evaluate("stream.now()") == pytest.approx(605_001)


def test_who_goes_back_sees_it_again(screen: Page) -> None:
    with showing([said(200_000, "1", 1), said(201_000, "7", 7)]) as site:
        live(screen, site)
        assert flying(screen, "at(590_000); fly(2, 580_000); fly(3, 600_500)") == ["2"]
        assert flying(screen, "at(601_000)") == ["3"]
        assert flying(screen, "at(199_000)") == []
        assert flying(screen, "at(202_000)") == ["1", "7"], "as the server has it, by the same clock"
        assert flying(screen, "at(581_000)") == ["2"]
        assert flying(screen, "at(601_000)") == ["3"]


def test_a_pause_holds_it(screen: Page) -> None:
    with showing() as site:
        live(screen, site, by_hand=False)
        screen.evaluate("video.play()")
        screen.wait_for_function("video.currentTime > 0.5")
        screen.evaluate("video.pause(), frames(2).then(() => fly(1, stream.now() + 20))")
        assert screen.evaluate("frames(12).then(() => { fly(2, stream.now() + 60_000); return texts(); })") == []
        screen.evaluate("video.play()")
        screen.wait_for_function("texts().join() === '1'")


def test_taken_back_while_it_waits_it_never_flies(screen: Page) -> None:
    with showing([said(605_000, "2", 2), said(605_000, "3", 3)]) as site:
        live(screen, site)
        assert flying(screen, "at(570_000); for (const id of [1, 2, 3]) fly(id, 605_000); unfly(1); unfly(2)") == []
        assert flying(screen, "at(590_000)") == []
        assert site.asked[-1] == 10, "as a cache may have it"
        assert flying(screen, "at(605_001)") == ["3"]


def test_of_what_waits_the_last_thousand_are_kept(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        screen.evaluate("at(570_000); fly(1, 600_001); for (let id = 2; id < 3_000; id += 1) fly(id, 605_000)")
        assert screen.evaluate("const segments = new Map(); stream.now(segments); segments.get('').size") == 1_000
        assert flying(screen, "at(590_000)") == []
        assert flying(screen, "at(600_002)") == []
        assert "2000" in flying(screen, "at(605_001)")


def test_what_is_no_date_lets_it_fly_at_once(screen: Page) -> None:
    nonsense = (
        "null", "undefined", "NaN", "'soon'", "new Date('soon')", "0", "Infinity", "Symbol()", "{}", "begun - 1",
        "begun + 864_000_001", "nowhere.date",
    )  # fmt: skip
    with showing() as site:
        live(screen, site)
        for number, date in enumerate(nonsense, 1):
            found = flying(screen, f"await anew(() => ({date})); at(510_000); fly({number}, 599_000)")
            assert found == [str(number)], date
        assert flying(screen, "await anew(7); fly(20, 599_000)") == ["20"]
        assert flying(screen, "await anew(); fly(21, 599_000)") == ["21"]
        assert flying(screen, "at(511_000); fly(22, 599_500)") == ["21", "22"], "its clock goes on"


def test_a_date_that_is_gone_for_a_moment_changes_nothing(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        assert flying(screen, "at(570_000); fly(1, 575_000); stream.date = () => null") == []
        assert flying(screen, "at(574_900)") == []
        assert flying(screen, "at(575_001)") == ["1"]


def test_what_is_far_ahead_of_every_clock_flies_at_once_and_once(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        assert flying(screen, "at(570_000); fly(1, 700_000); fly(2, 700_000); unfly(2)") == ["1"]
        assert flying(screen, "fly(3, 601_000)") == ["1"], (
            "that of who sees it ten minutes and a second after the beginning"
        )
        assert flying(screen, "at(580_000)") == []
        assert flying(screen, "at(700_001)") == []


def test_where_a_stream_jumps_it_goes_along(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        assert flying(screen, "at(570_000); fly(1, 605_000); fly(2, 650_000)") == []
        assert flying(screen, "ahead += 81_000; at(651_000)") == ["2"]
        assert flying(screen, "ahead -= 50_000; at(606_000)") == ["1"]


@pytest.mark.parametrize("start", ["", "soon", "2001-01-01", "9999-01-01"])
def test_without_a_beginning_that_makes_sense_it_flies_at_once(screen: Page, start: str) -> None:
    with showing() as site:
        live(screen, site)
        screen.evaluate("start => { stream.remove(); begins(start); return frames(2); }", start)
        assert screen.evaluate("stream.now()") is None
        assert flying(screen, "turn(55); fly(1, 61_000); fly(2, 599_000); fly(3, 1_000)") == ["1", "2", "3"]
        assert flying(screen, "turn(64)") == [], "and that once"


def test_browsers_that_know_the_date_need_no_function(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        screen.evaluate("video.getStartDate = () => new Date(begun + ahead), anew()")
        assert flying(screen, "at(570_000); fly(1, 590_000)") == []
        assert flying(screen, "at(590_001)") == ["1"]


def test_nothing_moves_before_there_is_a_picture(screen: Page) -> None:
    with showing([said(600_000, "1", 1)]) as site:
        live(screen, site)
        ready: dict[str, Any] = screen.evaluate("""async () => {
            at(570_000);
            let state = 0;
            const other = document.createElement('video');
            other.style.height = '360px';
            Object.defineProperty(other, 'currentTime', { get: () => clock });
            Object.defineProperty(other, 'readyState', { get: () => state });
            stream.date = () => null;
            video.replaceWith(other);
            video = other;
            other.dispatchEvent(new Event('emptied'));
            await frames(2);
            fly(2, Date.now() - begun);
            await settled();
            const before = texts();
            state = 4;
            other.dispatchEvent(new Event('playing'));
            await settled();
            return { before, now: stream.now(), after: texts() };
        }""")
        assert ready["before"] == []
        assert ready["now"] > 600_000
        assert "2" in ready["after"]


def test_another_thread_or_none_has_nothing_of_it(screen: Page) -> None:
    with showing() as site:
        live(screen, site)
        assert flying(screen, "at(570_000); fly(1, 590_000); fly(2, 605_000)") == []
        screen.evaluate("host.setAttribute('room', 'other'), frames(2)")
        assert flying(screen, "at(590_001)") == []
        screen.evaluate("host.setAttribute('room', 'film'), frames(2)")
        screen.evaluate("fly(3, 606_000), stream.remove(), frames(2)")
        assert flying(screen, "at(606_001)") == []
        assert flying(screen, "turn(9); fly(4, 8_999); fly(5, 10)") == ["4"], "a film like others"
