"""Results as tables of Markdown and as a chart, and their place in the documentation."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.servers import KINDS

Found = Mapping[str, Any]
"""What was measured, by name."""
CASES = {
    "100x1": "room of 100, 1 author",
    "1000x1": "room of 1,000, 1 author",
    "1000x20": "room of 1,000, 20 authors × 2",
    "1000at50": "room of 1,000, 50 messages/s",
}
"""The cases of `benchmarks.scenarios.FANOUT`, in words."""
CHARTED = ("1000x20", "100x1")
OWN = (
    ("Connections a second, signed in, each brought up to date", "connect", "connects_per_s", "at least 1,000"),
    ("Memory of an idle connection, kB", "connect", "kb_per_connection", "at most 30"),
    ("300 missed messages resumed from the database, ms at p50", "resume_store", "open_p50_ms", "at most 20"),
    ("The same from memory, ms at p50", "resume_ring", "open_p50_ms", ""),
    ("Pages of a room of 50 messages a second", "page", "pages_per_s", "at least 400"),
    ("The same compressed", "page_gzip", "pages_per_s", ""),
    ("Posts a second, each on disk before it is acknowledged, in 64 rooms", "posts", "deliveries_per_s", ""),
    ("Answer to /healthz at half of full load, ms at p99", "half", "answer_p99_ms", "at most 10"),
)
"""What it is, where it is found, and what design asks of it."""


def fanout(found: Mapping[str, Found]) -> str:
    """Two tables with a row for each server: deliveries and how many times as many webchat makes; CPU and latency."""
    cases = [case for case in CASES if any(case in of_server for of_server in found.values())]
    fast = [case for case in cases if not case.endswith("at50")]
    ours = found.get("webchat", {})
    speed, cost = [], []
    for name, of_server in found.items():
        title = KINDS[name].title
        speed.append([title, *(cell for case in fast for cell in _speed(ours.get(case, {}), of_server.get(case, {})))])
        cost.append([title, *(_cost(of_server.get(case, {})) for case in cases)])
    head = [cell for case in fast for cell in (f"Deliveries/s, {CASES[case]}", "webchat makes")]
    return "\n\n".join([
        table(["Server", *head], speed),
        "CPU time of one delivery in µs; latency at p50 and p99 in ms:",
        table(["Server", *(CASES[case].capitalize() for case in cases)], cost),
    ])  # fmt: skip


def own(found: Mapping[str, Found]) -> str:
    """A table of what webchat does beside delivering."""
    rows = [[what, figure(found.get(name, {}).get(key)), wanted] for what, name, key, wanted in OWN]
    return table(["What", "Measured", "Wanted"], rows)


def scale(found: Mapping[str, Found]) -> str:
    """A table with a row for each size, and what a large one costs beside a small one."""
    head = [
        "Rooms",
        "Members of each",
        "Posts/s",
        "Deliveries/s",
        "p50 ms",
        "p99 ms",
        "CPU µs each",
        "Memory MB",
        "Lost",
    ]
    keys = [
        "rooms",
        "members",
        "posts_per_s",
        "deliveries_per_s",
        "p50_ms",
        "p99_ms",
        "cpu_us_per_delivery",
        "memory_mb",
    ]
    rows = [[figure(of_size.get(key)) for key in (*keys, "lost")] for of_size in found.values()]

    def dearer(large: str, small: str) -> str:
        costs = [found.get(name, {}).get("cpu_us_per_delivery") for name in (large, small)]
        return times(*costs)

    return "\n\n".join([
        table(head, rows),
        f"A delivery with many rooms costs {dearer('many rooms', 'few rooms')} the CPU time of one with few, and one "
        f"in a large room {dearer('large rooms', 'small rooms')} that of one in a small room. Flat in rooms and linear "
        "in members is 1 × both.",
    ])  # fmt: skip


def nodes(found: Mapping[str, Found]) -> str:
    """A table with a row for one and for two servers of each kind: deliveries, and their share of what one makes."""
    rows = []
    for name, of_count in found.items():
        kind, _space, count = name.partition(" ")
        row = [f"{KINDS[kind].title}, {count}"]
        for case, of_case in of_count.items():
            if case.endswith("at50"):
                row += [figure(of_case.get("p50_ms")), figure(of_case.get("p99_ms"))]
            else:
                speed = of_case.get("deliveries_per_s")
                row += [figure(speed), times(speed, found.get(f"{kind} 1", {}).get(case, {}).get("deliveries_per_s"))]
        rows.append(row)
    cases = [case for case in next(iter(found.values()), {}) if not case.endswith("at50")]
    head = [cell for case in cases for cell in (f"Deliveries/s, {CASES[case]}", "of one")]
    return table(["Servers", *head, "50 messages/s, p50 ms", "p99 ms"], rows)


def viewers(found: Mapping[str, Found]) -> str:
    """A table with a row for each case: what those are told who have a connection, and what those wait for who poll."""
    head = ["", "Connected", "Posts/s", "Told each, a second", "p50 ms", "p99 ms", "CPU", "Missing in the history",
            "Poll", "Polls/s", "p99 ms", "Unchanged", "KB each, documents too", "Errors"]  # fmt: skip
    rows = []
    for name, case in found.items():
        told = case["deliveries_per_s"] / case["connections"]
        answer = [case.get(f"answer_{key}") for key in ("refused", "polls_per_s", "p99_ms")]
        unchanged = case.get("answer_unchanged")
        rows.append([
            name, *map(figure, (case["connections"], case["posts_per_s"], told)),
            *(figure(case.get(key)) for key in ("p50_ms", "p99_ms")),
            f"{case['cpu']:.0%}", figure(case["sent"] - case["kept"]), *map(figure, answer),
            "–" if unchanged is None else f"{unchanged:.0%}",
            *(figure(case.get(f"answer_{key}")) for key in ("kb_per_poll", "wrong")),
        ])  # fmt: skip
    return table(head, rows)


PARTS: Mapping[str, Callable[[Mapping[str, Found]], str]] = {
    "fanout": fanout,
    "own": own,
    "scale": scale,
    "nodes": nodes,
    "viewers": viewers,
}


def section(name: str, result: Mapping[str, Any]) -> str:
    """What the documentation shows of a part: when and where it was measured, and its tables."""
    when = f"Measured on {result['date']}, for {result['seconds']:g} s each, on {result['machine']}."
    if result["size"] != 1:
        when += f" Only {result['size']:g} × the connections that are named."
    return f"{when}\n\n{PARTS[name](result['found'])}"


def chart(found: Mapping[str, Found]) -> str:
    """Bars of the deliveries a second, as SVG."""
    row, left, width = 22, 180, 420
    lines, y = [], 8
    for case in CHARTED:
        speeds = {KINDS[name].title: of.get(case, {}).get("deliveries_per_s") or 0 for name, of in found.items()}
        unit = width / max(1, *speeds.values())
        lines.append(f'<text x="8" y="{y + 16}" font-weight="bold">Deliveries a second, {escape(CASES[case])}</text>')
        y += 28
        for title, speed in speeds.items():
            colour = "#0b6e4f" if title == "webchat" else "#8a94a6"
            lines += [
                f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(title)}</text>',
                f'<rect x="{left}" y="{y + 2}" width="{max(1, speed * unit):.0f}" height="{row - 5}" fill="{colour}"/>',
                f'<text x="{left + max(1, speed * unit) + 6:.0f}" y="{y + 15}">{figure(speed)}</text>',
            ]
            y += row
        y += 12
    size = f"{left + width + 100}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {y}" width="{size}" height="{y}"'
        ' font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Deliveries a second">',
        f'<rect width="{size}" height="{y}" fill="#ffffff"/>',
        *lines,
        "</svg>\n",
    ])  # fmt: skip


def write(results: Mapping[str, Any], docs: Path) -> None:
    """Put the tables between their marks in ``benchmarks.md``, and the chart beside it."""
    page = docs / "benchmarks.md"
    text = page.read_text("utf-8")
    for name, result in results.items():
        before, after = _marks(name)
        head, rest = text.split(before)
        text = head + before + section(name, result) + after + rest.split(after)[1]
    page.write_text(text, "utf-8")
    if "fanout" in results:
        (docs / "benchmarks.svg").write_text(chart(results["fanout"]["found"]), "utf-8")


def shown(page: str, name: str) -> str:
    """What a page shows of a part."""
    before, after = _marks(name)
    return page.split(before)[1].split(after)[0]


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->\n\n", f"\n\n<!-- end of {name} -->"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def figure(value: float | None) -> str:
    """Three digits that matter; nothing for what was not measured."""
    if value is None:
        return "–"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times(ours: float | None, theirs: float | None) -> str:
    """How many times theirs ours is."""
    return f"{figure(ours / theirs)} ×" if ours and theirs else "–"


def _speed(ours: Found, theirs: Found) -> tuple[str, str]:
    if "absent" in theirs:
        return theirs["absent"], ""
    speed = theirs.get("deliveries_per_s")
    return figure(speed), times(ours.get("deliveries_per_s"), speed)


def _cost(found: Found) -> str:
    if not found.get("deliveries_per_s"):
        return "–"
    return f"{figure(found['cpu_us_per_delivery'])}; {figure(found['p50_ms'])}, {figure(found['p99_ms'])}"
