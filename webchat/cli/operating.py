"""Commands about the database as a whole, and about the installation."""

import sys
from pathlib import Path

import click
import msgspec

from webchat import doctor as doctors, terminal, transfer
from webchat.cli.options import chosen, data_option, one_line, serving_options
from webchat.desk import desk
from webchat.transfer import Contents


@click.command()
@click.option("--room", metavar="SLUG", help="Only this room.")
@data_option
def export(room: str | None, data: Path | None) -> None:
    """Print what is stored as JSON lines."""
    encode = msgspec.json.Encoder().encode
    out = sys.stdout.buffer
    with desk(chosen(data=data)) as at:
        for row in at.export(room):
            out.write(encode(row) + b"\n")
    out.flush()


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Copy the database to the new FILE, also while the server works."""
    with terminal.progress() as tell:
        contents = transfer.backup(chosen(data=data), file, tell)
    click.echo(f"Backed up {_counted(contents)} to {click.format_filename(file)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def restore(file: Path, data: Path | None) -> None:
    """Put the backup FILE in the place of the database, which is kept; one of PostgreSQL must be empty. The server must
    not run."""
    with terminal.progress() as tell:
        contents, kept = transfer.restore(chosen(data=data), file, tell)
    click.echo(f"Restored {_counted(contents)} from {click.format_filename(file)}")
    if kept:
        click.echo(f"The database that was there before is kept as {click.format_filename(kept)}")


@click.command()
@click.argument("source")
@click.argument("target")
def copy(source: str, target: str) -> None:
    """Copy a whole place from the database SOURCE to the empty TARGET. Each is sqlite:FILE or postgresql://…"""
    with terminal.progress() as tell:
        contents = transfer.copy(source, target, tell)
    click.echo(f"Copied {_counted(contents)}")


@click.command()
@click.option("--check", is_flag=True, help="Only say whether a step is due; the exit code is 1 if one is.")
@data_option
def migrate(check: bool, data: Path | None) -> None:
    """Bring the database's schema up to date, as the server does when it starts."""
    settings = chosen(data=data)
    if check:
        click.echo(f"The schema is {transfer.require_up_to_date(settings)}, as this program needs.")
        return
    before, now = transfer.migrate(settings)
    click.echo(f"The schema was {before} and is {now} now." if before < now else f"The schema is {now} already.")


@click.command()
@serving_options
def doctor(**options: object) -> None:
    """Say what is wrong with this installation and what to do. The exit code is 1 if anything is bad."""
    found = []
    with terminal.progress() as tell:
        for finding in doctors.examine(chosen(**options), tell):
            found.append(finding)
            tell("")
            click.echo(f"{finding.level:4}  {finding.about}: {one_line(finding.says)}")
    sys.exit(1 if doctors.is_bad(found) else 0)


def _counted(contents: Contents) -> str:
    counts = zip(("user", "room", "message"), contents, strict=True)
    return ", ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counts)
