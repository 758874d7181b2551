"""The command line. Each command reads its options, opens what it needs and asks for one thing."""

import errno
import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from webchat import __version__, doctor as doctors, process, terminal, transfer
from webchat.cli import accounts, films, imports, remote, sites, support
from webchat.cli.options import chosen, data_option, serving_options
from webchat.client import Problem
from webchat.desk import desk
from webchat.errors import Refused, StartRefused
from webchat.model import GUEST_ACCESS, GuestAccess, RoomKind
from webchat.settings import LOG_FORMATS, WORKERS
from webchat.transfer import Contents


class _Group(click.Group):
    """Says in one line on stderr what was refused, and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Refused, StartRefused, Problem) as refusal:
            raise click.ClickException(_one_line(str(refusal))) from None
        except UnicodeError:  # bytes that are no text, in an argument, a variable or on stdin
            raise click.ClickException("What was given is not text in UTF-8.") from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output has gone; click ends quietly
                raise
            where = os.fsdecode(error.filename) if error.filename else "webchat"
            raise click.ClickException(_one_line(f"{where}: {error.strerror or error}")) from None


@click.group(cls=_Group, context_settings={"auto_envvar_prefix": "WEBCHAT", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="webchat", message="%(prog)s %(version)s")
def main() -> None:
    """Live chat, rendered on the server."""


@main.command()
@serving_options
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    allow_from_autoenv=False,
    help="How the lines of the log look. [WEBCHAT_LOG_FORMAT, or text]",
)
@click.option(
    "--workers",
    type=click.IntRange(1, WORKERS),
    allow_from_autoenv=False,
    help="How many processes share the port; they need WEBCHAT_STORE and WEBCHAT_BUS. [WEBCHAT_WORKERS, or 1]",
)
def serve(**options: object) -> None:
    """Serve the chat until stopped."""
    process.serve(chosen(**options))


@main.group()
def room() -> None:
    """Rooms to talk in."""


@room.command("add")
@click.argument("slug")
@click.option("--title", default="", help="Its name for people; the slug if not given.")
@click.option("--kind", type=click.Choice(["open", "closed"]), default="open", show_default=True)
@click.option(
    "--guests", type=click.Choice(GUEST_ACCESS), default="none", show_default=True, help="What guests may do."
)
@data_option
def room_add(slug: str, title: str, kind: RoomKind, guests: GuestAccess, data: Path | None) -> None:
    """Add the room SLUG."""
    with desk(chosen(data=data)) as at:
        at.add_room(slug, title, kind, guests)


@room.command("list")
@data_option
def room_list(data: Path | None) -> None:
    """Print all rooms but direct ones, a line each: address, kind, guests, number of messages, title."""
    with desk(chosen(data=data)) as at:
        for one in at.rooms():
            kind = f"{one.kind}, archived" if one.archived else one.kind
            click.echo(f"{one.slug}\t{kind}\t{one.guests}\t{one.seq}\t{one.title}")


@room.command("edit")
@click.argument("slug")
@click.option("--title", help="Its name for people.")
@click.option("--topic", help="What it is about.")
@click.option("--kind", type=click.Choice(["open", "closed"]), help="Who is in it.")
@click.option("--guests", type=click.Choice(GUEST_ACCESS), help="What guests may do.")
@click.option("--posting", type=click.Choice(["everyone", "moderators"]), help="Who writes in it.")
@data_option
def room_edit(slug: str, data: Path | None, **changes: str | None) -> None:
    """Change the room SLUG; what is not given stays."""
    with desk(chosen(data=data)) as at:
        at.edit_room(slug, changes)


@room.command("archive")
@click.argument("slug")
@data_option
def room_archive(slug: str, data: Path | None) -> None:
    """Let the room SLUG be read only, and out of everybody's list."""
    with desk(chosen(data=data)) as at:
        at.archive_room(slug, True)


@room.command("restore")
@click.argument("slug")
@data_option
def room_restore(slug: str, data: Path | None) -> None:
    """Bring the archived room SLUG back."""
    with desk(chosen(data=data)) as at:
        at.archive_room(slug, False)


@main.command()
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


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Copy the database to the new FILE, also while the server works."""
    with terminal.progress() as tell:
        contents = transfer.backup(chosen(data=data), file, tell)
    click.echo(f"Backed up {_counted(contents)} to {click.format_filename(file)}")


@main.command()
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


@main.command()
@click.argument("source")
@click.argument("target")
def copy(source: str, target: str) -> None:
    """Copy a whole place from the database SOURCE to the empty TARGET. Each is sqlite:FILE or postgresql://…"""
    with terminal.progress() as tell:
        contents = transfer.copy(source, target, tell)
    click.echo(f"Copied {_counted(contents)}")


@main.command()
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


@main.command()
@serving_options
def doctor(**options: object) -> None:
    """Say what is wrong with this installation and what to do. The exit code is 1 if anything is bad."""
    found = []
    with terminal.progress() as tell:
        for finding in doctors.examine(chosen(**options), tell):
            found.append(finding)
            tell("")
            click.echo(f"{finding.level:4}  {finding.about}: {_one_line(finding.says)}")
    sys.exit(1 if doctors.is_bad(found) else 0)


def _counted(contents: Contents) -> str:
    counts = zip(("user", "room", "message"), contents, strict=True)
    return ", ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counts)


def _one_line(text: str) -> str:
    """File names may hold anything; what is said is one line all the same."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


main.add_command(accounts.user)
main.add_command(accounts.token)
main.add_command(sites.site)
sites.site.add_command(support.set_up)
sites.site.add_command(support.agent)
main.add_command(imports.import_)
main.add_command(films.danmaku)
main.add_command(remote.notify)
main.add_command(remote.send)
main.add_command(remote.tail)
