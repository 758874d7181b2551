"""The commands that bring comments over a video from other programs, and to them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
from msgspec.structs import replace

from webchat import terminal
from webchat.chat import sites
from webchat.cli.options import chosen, data_option
from webchat.desk import Desk, desk
from webchat.errors import StartRefused
from webchat.flying import Flight
from webchat.imports import films
from webchat.model import Room
from webchat.store import flights


@click.group()
def danmaku() -> None:
    """Comments that fly over a video."""


@danmaku.command("import")
@click.argument("site")
@click.argument("thread")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
def import_(site: str, thread: str, file: Path, data: Path | None) -> None:
    """Let the comments of FILE, Bilibili's XML or DPlayer's JSON, fly in the THREAD of SITE, each once."""
    with desk(chosen(data=data)) as at, terminal.progress() as tell:
        found = at.read(lambda tx: sites.found(tx, site))
        if found.guests == "none":
            raise StartRefused(f"The threads of {found.name} are shown to nobody. Let guests read there first.")
        contents, added = films.read(file), 0
        for number, some in enumerate(films.batches(contents.comments)):
            tell(f"Importing, {100 * number * films.TOGETHER // len(contents.comments)} %")
            added += int(at.commit(partial(films.put, site=found, thread=thread, comments=some)).id)
    known = len(contents.comments) - added
    left = [f"{known:,} that were there already"] if known else []
    left += [f"{contents.others:,} that fly in another way"] if contents.others else []
    click.echo(f"Imported {added:,} comments{', but not ' if left else ''}{', '.join(left)}")


@danmaku.command("export")
@click.argument("site")
@click.argument("thread")
@click.option(
    "--format", type=click.Choice(sorted(films.FORMATS)), default="bilibili", show_default=True,
    help="Bilibili's XML or DPlayer's JSON.",
)  # fmt: skip
@data_option
def export(site: str, thread: str, format: str, data: Path | None) -> None:
    """Print all that flies in the THREAD of SITE."""
    with desk(chosen(data=data)) as at:
        room = at.read(lambda tx: films.room_of(tx, site, thread))
        for line in films.FORMATS[format](_all(at, room)):
            click.echo(line)


def _all(at: Desk, room: Room) -> Iterator[tuple[Flight, int]]:
    after = (-1, 0)
    while found := at.read(partial(flights.run, room_id=room.id, after=after, limit=films.TOGETHER)):
        for flight, said in found:
            yield replace(flight, text=" ".join(flight.text.split())), said
        after = (found[-1][0].t, found[-1][0].id)
