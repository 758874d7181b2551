"""The tables of the benchmarks, the chart, and their place in the documentation."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from benchmarks import report, scenarios, servers


def found(speed: int, cost: float = 2.5, p50: float = 0.5, p99: float = 20) -> dict[str, Any]:
    return {"deliveries_per_s": speed, "cpu_us_per_delivery": cost, "p50_ms": p50, "p99_ms": p99}


FANOUT = {
    "webchat": {"100x1": found(90_000), "1000x20": found(1_234_567, cost=0.456)},
    "c_limit": {"100x1": {"absent": "no gcc here"}, "1000x20": {"absent": "no gcc here"}},
    "uvloop_raw": {"100x1": found(180_000), "1000x20": found(150_000)},
    "channels_memory": {"100x1": found(7_000), "1000x20": {"deliveries_per_s": 0}},
}


def rows(text: str) -> list[list[str]]:
    """The cells of all tables, without the rules below their heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_fan_out_says_how_many_times_as_many_we_make() -> None:
    speed, cost = rows(report.fanout(FANOUT))[:5], rows(report.fanout(FANOUT))[5:]
    assert [len(row) for row in speed] == [5] * 5
    assert speed[1] == ["webchat", "90,000", "1 ×", "1,234,567", "1 ×"]
    assert speed[2] == ["C, one write per delivery", "no gcc here", "", "no gcc here", ""]
    assert speed[3] == ["uvloop, raw", "180,000", "0.50 ×", "150,000", "8.23 ×"]
    assert speed[4] == ["Channels, in memory", "7,000", "12.9 ×", "0", "–"]
    assert cost[1] == ["webchat", "2.50; 0.50, 20", "0.46; 0.50, 20"]
    assert cost[4] == ["Channels, in memory", "2.50; 0.50, 20", "–"]


def test_one_server_alone_is_shown_without_a_comparison() -> None:
    assert rows(report.fanout({"uvloop_raw": FANOUT["uvloop_raw"]}))[1] == [
        "uvloop, raw",
        "180,000",
        "–",
        "150,000",
        "–",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0, "0"), (0.123, "0.12"), (1.0, "1"), (9.876, "9.88"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_three_digits_matter(value: float | None, shown: str) -> None:
    assert report.figure(value) == shown


def test_viewers_are_told_a_part_and_those_without_a_connection_poll() -> None:
    case = {**found(80_400), "connections": 10_000, "posts_per_s": 200, "cpu": 0.4, "sent": 600, "kept": 600}
    answer = {"refused": 5_000, "polls_per_s": 700, "p99_ms": 12, "unchanged": 0.25, "kb_per_poll": 2.5, "wrong": 0}
    polled = case | {"kept": 599} | {f"answer_{name}": value for name, value in answer.items()}
    assert rows(report.viewers({"all": case, "some": polled}))[1:] == [
        ["all", "10,000", "200", "8.04", "0.50", "20", "40%", "0", "–", "–", "–", "–", "–", "–"],
        ["some", "10,000", "200", "8.04", "0.50", "20", "40%", "1", "5,000", "700", "12", "25%", "2.50", "0"],
    ]


def test_size_says_what_a_large_one_costs_beside_a_small_one() -> None:
    costs = {"few rooms": 100.0, "many rooms": 110.0, "small rooms": 4.0, "large rooms": 3.0, "one room": 3.0}
    text = report.scale({name: {"rooms": 9000, "cpu_us_per_delivery": cost, "lost": 0} for name, cost in costs.items()})
    assert "many rooms costs 1.10 × the CPU" in text
    assert "in a large room 0.75 × that" in text
    assert rows(text)[1] == ["9,000", "–", "–", "–", "–", "–", "100", "–", "0"]


def test_what_was_not_measured_is_a_dash() -> None:
    assert [row[1] for row in rows(report.own({"page": {"pages_per_s": 431}}))[1:]].count("431") == 1
    assert "costs – the CPU" in report.scale({})


def test_the_chart_has_a_bar_for_each_server_and_the_longest_is_ours() -> None:
    bars = [bar for bar in Xml.fromstring(report.chart(FANOUT)).iter() if "rect" in bar.tag][1:]  # noqa: S314 - ours
    widths = [int(bar.attrib["width"]) for bar in bars]
    assert len(widths) == 2 * len(FANOUT)
    assert max(widths[:4]) == widths[0] == max(widths)
    assert widths[2] == pytest.approx(widths[0] * 150_000 / 1_234_567, abs=1)


def test_results_are_put_between_their_marks_and_can_be_put_there_again(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("Before.\n\n<!-- fanout -->\n\nNothing yet.\n\n<!-- end of fanout -->\n\nAfter.\n", "utf-8")
    results = {"fanout": {"date": "2026-01-01", "machine": "a machine", "seconds": 5.0, "size": 1.0, "found": FANOUT}}
    for _ in range(2):
        report.write(results, tmp_path)
    text = page.read_text("utf-8")
    assert report.shown(text, "fanout") == report.section("fanout", results["fanout"])
    assert text.startswith(
        "Before.\n\n<!-- fanout -->\n\nMeasured on 2026-01-01, for 5 s each, on a machine.\n\n| Server"
    )
    assert text.endswith(" |\n\n<!-- end of fanout -->\n\nAfter.\n")
    assert (tmp_path / "benchmarks.svg").read_text("utf-8") == report.chart(FANOUT)


def test_a_smaller_size_is_said() -> None:
    result = {"date": "2026-01-01", "machine": "a machine", "seconds": 5.0, "size": 0.1, "found": FANOUT}
    assert "on a machine. Only 0.1 × the connections" in report.section("fanout", result)


def test_every_case_has_words_and_every_peer_its_file() -> None:
    assert report.CASES.keys() == scenarios.FANOUT.keys()
    assert {"few rooms", "many rooms", "small rooms", "large rooms"} < scenarios.SCALE.keys()
    named = {part for kind in servers.KINDS.values() for part in kind.command if re.fullmatch(r"\w+[.:]\w+", part)}
    files = {part if part.endswith((".py", ".js")) else part.partition(":")[0] + ".py" for part in named}
    assert files | {"c_limit.c", "requirements.txt"} == {
        path.name for path in servers.PEERS.iterdir() if path.is_file()
    }
