"""What the documentation says of speed is what was measured."""

import json

import pytest

from benchmarks import report
from tests.tools import tree

RESULTS = json.loads((tree.ROOT / "benchmarks/results.json").read_text("utf-8"))


@pytest.mark.parametrize("part", report.PARTS)
def test_the_tables_are_those_of_the_results(part: str) -> None:
    page = (tree.ROOT / "docs/benchmarks.md").read_text("utf-8")
    assert report.shown(page, part) == report.section(part, RESULTS[part])


def test_the_chart_is_that_of_the_results() -> None:
    drawn = (tree.ROOT / "docs/benchmarks.svg").read_text("utf-8")
    assert drawn == report.chart(RESULTS["fanout"]["found"])


def test_nothing_was_lost() -> None:
    found = [one for part in ("own", "scale") for one in RESULTS[part]["found"].values()]
    assert [one["lost"] for one in found if one.get("lost", 0)] == []
