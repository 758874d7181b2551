"""``benchmarks/run``: webchat and its peers, one after another, under one load; tables on stdout."""

import json
import resource
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from benchmarks import report, scenarios, servers

RESULTS = Path(__file__).parent / "results.json"
DOCS = Path(__file__).parents[1] / "docs"


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(report.PARTS)), metavar="[PART]...")
@click.option(
    "--server",
    "names",
    multiple=True,
    type=click.Choice(list(servers.KINDS)),
    metavar="NAME",
    help=f"Of the fan-out only this server; more than one may be given: {', '.join(servers.KINDS)}.",
)
@click.option(
    "--case",
    "cases",
    multiple=True,
    type=click.Choice(list(scenarios.FANOUT)),
    metavar="CASE",
    help=f"Of the fan-out only this case; more than one may be given: {', '.join(scenarios.FANOUT)}.",
)
@click.option("--seconds", default=5.0, show_default=True, help="How long each measurement takes.")
@click.option("--size", default=1.0, show_default=True, help="Scales the numbers of connections: 0.1 for a quick look.")
@click.option("--save", is_flag=True, help="Keep the results, and write the documentation's tables and chart.")
def main(
    parts: Sequence[str], names: Sequence[str], cases: Sequence[str], seconds: float, size: float, save: bool
) -> None:  # fmt: skip
    """Measure webchat and its peers side by side.

    \b
    PART is one or more of
      fanout  every server under the same load: deliveries, CPU, latency (this one unless others are named)
      own     webchat alone: connections, memory, resumes, pages, posts, answers while it is busy
      scale   webchat alone: 9,000 rooms of 2, 2 rooms of 9,000, a room of 15,000
      viewers one thread of a site with 10,000 viewers and 200 posts a second, and 5,000 more than there is room for
      nodes   one server and two that Redis joins, on one core, beside Channels; WEBCHAT_STORE is an empty database

    The server has one core and the load another, so this takes a Linux machine with two cores that have nothing else to
    do; `scale` takes 20,000 open files. The peers are put into the user's cache folder. A peer that needs what is not
    there (gcc, node, redis-server) is left out.
    """
    if save and size != 1:
        raise click.UsageError("The documentation states the numbers of connections: --save takes --size 1.")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for part in parts or ("fanout",):
        others = scenarios.busy()
        try:
            found = measured(part, names or list(servers.KINDS), cases or list(scenarios.FANOUT), seconds, size)
        except servers.Absent as absent:
            raise click.ClickException(str(absent)) from None
        others = max(others, scenarios.busy())
        today, machine = f"{datetime.now(UTC):%Y-%m-%d}", f"{scenarios.machine()}, {others:.0%} busy with other work"
        results[part] = {
            "date": today, "machine": machine, "seconds": seconds, "size": size, "found": found,
        }  # fmt: skip
        click.echo(report.section(part, results[part]) + "\n")
        if save:
            RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
            report.write(results, DOCS)


def measured(part: str, names: Sequence[str], cases: Sequence[str], seconds: float, size: float) -> dict[str, Any]:
    """What came of a part. Raises Absent if it cannot be measured here."""
    servers.cores()
    if part == "fanout":
        servers.set_up(names)
        return scenarios.fanout(names, cases, seconds, size)
    if part == "nodes":
        servers.set_up(["channels_redis"])
        return scenarios.nodes(seconds, size)
    alone = {"own": scenarios.own, "scale": scenarios.scale, "viewers": scenarios.viewers}
    return alone[part](seconds, size)


if __name__ == "__main__":
    main(prog_name="benchmarks/run")
