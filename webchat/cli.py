"""The command line. Each command reads its options, opens what it needs and asks for one thing."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from webchat import __version__, backups, doctor as doctors, process, settings, terminal
from webchat.desk import desk
from webchat.errors import Refused, StartRefused
from webchat.model import GUEST_ACCESS, GuestAccess, RoomKind
from webchat.settings import LOG_FORMATS, Settings

F = TypeVar("F", bound=Callable[..., Any])


class _Group(click.Group):
    """Says in one line on stderr what was refused, and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Refused, StartRefused) as refusal:
            raise click.ClickException(_one_line(str(refusal))) from None
        except UnicodeError:  # bytes that are no text, in an argument, a variable or on stdin
            raise click.ClickException("What was given is not text in UTF-8.") from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output has gone; click ends quietly
                raise
            where = os.fsdecode(error.filename) if error.filename else "webchat"
            raise click.ClickException(_one_line(f"{where}: {error.strerror or error}")) from None


def data_option(command: F) -> F:
    """The folder, which every command takes. Its variable is read by `webchat.settings`, as those of `serve` are."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        metavar="DIR",
        allow_from_autoenv=False,
        help="The folder of the database; made if it is not there. [WEBCHAT_DATA, or webchat-data]",
    )(command)


def serving_options(command: F) -> F:
    """The options that say how it is served, for those who serve it or ask how it is served."""
    options = (
        click.option("--host", metavar="ADDRESS", allow_from_autoenv=False, help="[WEBCHAT_HOST, or 127.0.0.1]"),
        click.option("--port", type=click.IntRange(0, 65535), allow_from_autoenv=False, help="[WEBCHAT_PORT, or 8000]"),
        data_option,
        click.option(
            "--open",
            is_flag=True,
            allow_from_autoenv=False,
            help="No set-up: anyone who can reach it may enter and write. [WEBCHAT_OPEN]",
        ),
        click.option(
            "--origin",
            "origins",
            metavar="URL",
            multiple=True,
            allow_from_autoenv=False,
            help="Another address that pages are opened at, such as https://chat.example; repeat for more."
            " [WEBCHAT_ORIGINS]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


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
def serve(**options: object) -> None:
    """Serve the chat until stopped."""
    process.serve(chosen(**options))


@main.group()
def user() -> None:
    """People with an account."""


@user.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="May do everything.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@data_option
def user_add(name: str, admin: bool, password_stdin: bool, data: Path | None) -> None:
    """Add the user NAME, and print a new password unless one was given."""
    given = _password() if password_stdin else None
    with desk(chosen(data=data)) as at:
        password = at.add_user(name, given, admin)
    click.echo(f"Added {name}." if given else f"Added {name}, with the password {password}")


@user.command("passwd")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of stdin.")
@data_option
def user_passwd(name: str, password_stdin: bool, data: Path | None) -> None:
    """Give the user NAME another password, and print it unless it was given."""
    given = _password() if password_stdin else None
    with desk(chosen(data=data)) as at:
        password = at.set_password(name, given)
    click.echo(f"Changed the password of {name}." if given else f"The password of {name} is now {password}")


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


@main.command()
@click.argument("user")
@click.argument("text")
@data_option
def notify(user: str, text: str, data: Path | None) -> None:
    """Tell USER something, in all tabs or when next there."""
    with desk(chosen(data=data)) as at:
        at.notify(user, text)


@main.command()
@click.argument("room")
@click.argument("text")
@data_option
def send(room: str, text: str, data: Path | None) -> None:
    """Post TEXT in ROOM and print the message's id."""
    with desk(chosen(data=data)) as at:
        click.echo(at.send(room, text))


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
        contents = backups.backup(chosen(data=data).data, file, tell)
    click.echo(f"Backed up {_counted(contents)} to {click.format_filename(file)}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def restore(file: Path, data: Path | None) -> None:
    """Put the backup FILE in the place of the database, which is kept. The server must not run."""
    with terminal.progress() as tell:
        contents, kept = backups.restore(chosen(data=data).data, file, tell)
    click.echo(f"Restored {_counted(contents)} from {click.format_filename(file)}")
    if kept:
        click.echo(f"The database that was there before is kept as {click.format_filename(kept)}")


@main.command()
@click.option("--check", is_flag=True, help="Only say whether a step is due; the exit code is 1 if one is.")
@data_option
def migrate(check: bool, data: Path | None) -> None:
    """Bring the database's schema up to date, as the server does when it starts."""
    folder = chosen(data=data).data
    if check:
        click.echo(f"The schema is {backups.require_up_to_date(folder)}, as this program needs.")
        return
    before, now = backups.migrate(folder)
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


def chosen(**options: object) -> Settings:
    """The settings of the environment, with the options that were given in their place.

    Raises:
        StartRefused: a variable makes no sense, or asks for what this version does not have.
    """
    given = {name: value for name, value in options.items() if not (value is None or value is False or value == ())}
    if isinstance(origins := given.get("origins"), tuple):
        given["origins"] = tuple(origin.rstrip("/").lower() for origin in origins)
    found = msgspec.structs.replace(settings.from_environment(), **given)
    settings.require_supported(found)
    return found


def _counted(contents: backups.Contents) -> str:
    counts = zip(("user", "room", "message"), contents, strict=True)
    return ", ".join(f"{count:,} {noun}{'' if count == 1 else 's'}" for noun, count in counts)


def _one_line(text: str) -> str:
    """File names may hold anything; what is said is one line all the same."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("There is no password on stdin.")
    return password
