"""The command that takes over what another program kept."""

from functools import partial
from pathlib import Path

import click

from webchat import imports, terminal
from webchat.chat import sites
from webchat.cli.options import chosen, data_option
from webchat.desk import desk
from webchat.errors import StartRefused


@click.command("import")
@click.argument("format", metavar="FORMAT", type=click.Choice(sorted(imports.FORMATS)))
@click.argument("site")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
def import_(format: str, site: str, file: Path, data: Path | None) -> None:
    """Put the comments of FILE, from disqus, isso, remark42 or wordpress, into the threads of SITE."""
    with desk(chosen(data=data)) as at, terminal.progress() as tell:
        found = at.read(lambda tx: sites.found(tx, site))
        if found.guests == "none":
            raise StartRefused(f"The threads of {found.name} are shown to nobody. Let guests read there first.")
        contents, added = imports.read(format, file), 0
        for number, some in enumerate(imports.batches(contents.comments)):
            tell(f"Importing, {100 * number * imports.TOGETHER // len(contents.comments)} %")
            added += int(at.commit(partial(imports.put, site=found, kind=format, comments=some)).id)
    known = len(contents.comments) - added
    left = [f"{count:,} {why}" for why, count in sorted(contents.skipped.items())]
    left = [f"{known:,} that were there already", *left] if known else left
    click.echo(f"Imported {added:,} comments{', but not ' if left else ''}{', '.join(left)}")
