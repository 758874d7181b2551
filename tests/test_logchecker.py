"""The judge of the fault tests is tried on runs of which it is known what is wrong."""

from collections.abc import Sequence

import pytest

from tests.tools.dom import Element, parse
from tests.tools.logchecker import Log, Row, View, check

PAGE = '<main><div id="history"><ol id="log" data-end>{}</ol></div></main>'


def li(id: int, seq: int, text: str = "hello", reactions: str = "") -> str:
    return f'<li id="m-{id}" data-seq="{seq}"><div>{text}</div><p id="r-{id}">{reactions}</p></li>'


def placed(*rows: str) -> str:
    return f'<hx-partial hx-target="ol[data-end]" hx-swap="place">{"".join(rows)}</hx-partial>'


def edited(id: int, row: str) -> str:
    return f'<hx-partial hx-target="#m-{id}" hx-swap="outerHTML">{row}</hx-partial>'


def reacted(id: int, reactions: str) -> str:
    return f'<hx-partial hx-target="#r-{id}" hx-swap="outerHTML"><p id="r-{id}">{reactions}</p></hx-partial>'


def reset(*rows: str) -> str:
    inner = f'<div id="history"><ol id="log" data-end>{"".join(rows)}</ol></div>'
    return f'<hx-partial hx-target="#history" hx-swap="outerHTML">{inner}</hx-partial>'


def rows_of(*rows: str) -> list[Element]:
    return parse("".join(rows)).elements


def test_a_clean_run_is_clean() -> None:
    log = Log()
    for cid in ("a1", "a2", "a3"):
        log.invoke("ann", "lobby", cid)
    log.ok("a1", 11)
    log.ok("a1", 11)
    log.fail("a3", "too long")
    view = View("lobby", PAGE.format(""))
    view.frames = [placed(li(11, 1), li(12, 2)), placed(li(11, 1)), edited(11, li(11, 1, "bye")), reacted(12, "👍")]
    fresh = {"lobby": rows_of(li(11, 1, "bye"), li(12, 2, reactions="👍"))}
    assert check(log, [Row(11, "lobby", 1, "a1"), Row(12, "lobby", 2, "a2")], [view], fresh) == []


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        (1, []),
        (1, [Row(12, "lobby", 1, "a1")]),
        (2, [Row(11, "lobby", 1, "a1"), Row(12, "lobby", 2, "a1")]),
        (2, [Row(11, "lobby", 1, "a1"), Row(12, "lobby", 2, "refused")]),
        (3, [Row(11, "lobby", 2, "a1")]),
        (4, [Row(13, "lobby", 1, "a2"), Row(11, "lobby", 2, "a1")]),
    ],
)
def test_a_store_that_disagrees_is_found(rule: int, rows: list[Row]) -> None:
    log = Log()
    for cid in ("a1", "a2", "refused"):
        log.invoke("ann", "lobby", cid)
    log.ok("a1", 11)
    log.fail("refused", "too long")
    assert any(wrong.startswith(f"{rule}:") for wrong in check(log, rows, [], {}))


@pytest.mark.parametrize(
    ("rules", "frames"),
    [
        ({"5"}, [placed(li(11, 1))]),
        ({"5"}, [placed(li(11, 1), li(12, 2, "other"))]),
        ({"5"}, [placed(li(11, 1), li(12, 2)), reacted(12, "👍")]),
        ({"5", "6"}, [placed(li(11, 1), li(12, 2), li(13, 3))]),
        ({"5", "6"}, [placed(li(11, 1), li(12, 3))]),
        ({"5", "7"}, [placed(li(11, 1), li(12, 2), li(21, 3))]),
        ({"5", "6"}, [placed(li(11, 1), li(12, 2)), reset(li(12, 2), li(11, 1))]),
        (set(), [placed(li(12, 2)), placed(li(11, 1))]),
        (set(), [reset(li(12, 2))]),
    ],
)
def test_a_view_that_disagrees_is_found(rules: set[str], frames: Sequence[str]) -> None:
    view = View("lobby", PAGE.format(""))
    view.frames = list(frames)
    stored = [Row(11, "lobby", 1, "a1"), Row(12, "lobby", 2, "a2"), Row(21, "team", 1, "b1")]
    fresh = {"lobby": rows_of(li(11, 1), li(12, 2))}
    assert {wrong[0] for wrong in check(Log(), stored, [view], fresh)} == rules


def test_a_list_that_does_not_end_at_the_newest_takes_no_posts() -> None:
    view = View("lobby", PAGE.replace(" data-end", "").format(li(11, 1)))
    view.frames = [placed(li(12, 2))]
    assert list(view.replay()) == []
    assert [row.id for row in view.rows] == ["m-11"]
