"""What can be asked of the server on this machine, through its database, or with ``--url`` of one anywhere."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import click
import msgspec

from webchat import terminal
from webchat.cli.options import chosen, data_option, one_line
from webchat.client import Client, Message, Notification
from webchat.commands.buttons import buttons
from webchat.commands.moments import moment

MOST_FILES = 10
"""Files that a message shows; what a server takes is known before it is asked."""
F = TypeVar("F", bound=Callable[..., Any])


class Doors(NamedTuple):
    """How to say something, and to tell somebody something."""

    send: Callable[[str, str], int]
    notify: Callable[[str, str, dict[str, Any]], int]


def url_options(*, required: bool = False) -> Callable[[F], F]:
    """Which server, if it is not the one whose folder this is."""

    def with_options(command: F) -> F:
        token = click.option(
            "--token",
            envvar="WEBCHAT_TOKEN",
            allow_from_autoenv=False,
            required=required,
            help="What the server is asked with. Better in the variable, where others do not see it. [WEBCHAT_TOKEN]",
        )
        url = click.option(
            "--url",
            envvar="WEBCHAT_URL",
            allow_from_autoenv=False,
            required=required,
            help="The server, such as https://chat.example, if not the one of this folder. [WEBCHAT_URL]",
        )
        return url(token(command))

    return with_options


def notice_options(command: F) -> F:
    """What a notification says besides its text, in ntfy's words."""
    for option in reversed(
        (
            click.option("--title", default="", help="Its heading."),
            click.option("--priority", type=click.IntRange(1, 5), default=3, show_default=True, help="5 is urgent."),
            click.option("--tags", default="", metavar="WORDS", help="What it is about, with commas between."),
            click.option("--click", default="", metavar="URL", help="Where its text leads."),
            click.option("--actions", default="", help="Buttons, as in: view, Open, https://…; press, I take it"),
            click.option("--key", default="", help="It takes the place of what USER has under the same key."),
            click.option("--delay", default="", metavar="TIME", help="When to tell it, such as 30m or 2h."),
            click.option("--expires", default="", metavar="TIME", help="When it is over."),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("user")
@click.argument("text")
@notice_options
@url_options()
@data_option
def notify(user: str, text: str, url: str | None, token: str | None, data: Path | None, **more: Any) -> None:
    """Tell USER something, in all tabs or when next there; with - each line of stdin."""
    fields = _notice(**more)
    with _doors(url, token, data) as doors, terminal.progress() as tell:
        for number, line in enumerate(_lines(text), 1):
            doors.notify(user, line, fields)
            tell(f"{number:,} notifications")


@click.command()
@click.argument("room")
@click.argument("text", default="")
@click.option(
    "--file",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A file to go with it, with --url; repeat for more, at most 10.",
)
@url_options()
@data_option
def send(
    room: str, text: str, files: tuple[Path, ...], url: str | None, token: str | None, data: Path | None
) -> None:  # fmt: skip
    """Post TEXT in ROOM and print the message's id; with - each line of stdin. With a file TEXT need not be given."""
    if files:
        click.echo(_with_files(room, text, files, url, token))
        return
    if not text:
        raise click.UsageError("Give a TEXT, or --file.")
    with _doors(url, token, data) as doors, terminal.progress() as tell:
        for number, line in enumerate(_lines(text), 1):
            click.echo(doors.send(room, line))
            tell(f"{number:,} messages")


@click.command()
@click.argument("room", required=False)
@click.option("--notifications", is_flag=True, help="What the token's own user is told, instead of a room.")
@click.option("--since", default="", metavar="POSITION", help="Go on there; from now on if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, which have the positions.")
@url_options(required=True)
def tail(room: str | None, notifications: bool, since: str, as_json: bool, url: str, token: str) -> None:
    """Print what is said in ROOM of a server, or what one is told, as it happens, until interrupted."""
    if (room is None) != notifications:
        raise click.UsageError("Give a ROOM, or --notifications.")
    client = _client(url, token)
    if room is None:
        for one in client.notifications(since):
            click.echo(_as_json(one) if as_json else _as_told(one))
    else:
        for message in client.listen(room, since):
            click.echo(_as_json(message) if as_json else _as_line(message))


@contextmanager
def _doors(url: str | None, token: str | None, data: Path | None) -> Iterator[Doors]:
    if (url is None) != (token is None):
        raise click.UsageError("--url and --token go together.")
    if url is not None and token is not None:
        client = _client(url, token)
        yield Doors(lambda room, text: client.send(room, text).id, partial(_tell, client))
        return
    from webchat.desk import desk  # the whole server, which a program that asks one from afar does not need

    with desk(chosen(data=data)) as at:
        yield Doors(at.send, at.notify)


def _client(url: str, token: str) -> Client:
    """What asks a server. Raises UsageError for what is no address, or no token, which is not repeated."""
    try:
        return Client(url, token)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from None


def _with_files(room: str, text: str, files: tuple[Path, ...], url: str | None, token: str | None) -> int:
    """The id of a message that has files, which a server takes and its folder does not."""
    if url is None or token is None:
        raise click.UsageError("--file needs --url and --token.")
    if text == "-":
        raise click.UsageError("--file goes with one text, and not with each line of stdin.")
    if len(files) > MOST_FILES:
        raise click.UsageError(f"One message can have {MOST_FILES} files.")
    client = _client(url, token)
    return client.send(room, text, files=[client.upload(room, path) for path in files]).id


def _tell(client: Client, user: str, text: str, fields: dict[str, Any]) -> int:
    """A notification with a key of its own is put in its place."""
    fields = {"body": text} | fields
    if key := fields.pop("key", ""):
        return int(client.call("PUT", f"/users/{quote(user, '')}/notifications/{key}", fields)["id"])
    return client.notify(user, **fields)


def _notice(tags: str, actions: str, delay: str, expires: str, **more: Any) -> dict[str, Any]:
    """The fields that say something. Raises Malformed for what is no time, or no button."""
    fields = {name: value for name, value in more.items() if value}
    fields |= {"tags": [tag for tag in tags.replace(",", " ").split() if tag]} if tags else {}
    fields |= {"actions": msgspec.to_builtins(buttons(actions))} if actions else {}
    return fields | {name: moment(text) for name, text in (("due", delay), ("expires", expires)) if text}


def _lines(text: str) -> Iterator[str]:
    if text != "-":
        yield text
        return
    yield from (line for line in map(str.strip, sys.stdin) if line)


def _as_line(message: Message) -> str:
    who = message.author or message.title
    state = " (deleted)" if message.deleted else " (edited)" if message.edited else ""
    return f"{message.at:%H:%M} {who}{state}: {_in_a_line(message.body)}"


def _as_told(one: Notification) -> str:
    text = ": ".join(filter(None, (one.title, one.body))) or f"number {one.id}"
    return f"{one.at or datetime.now(UTC):%H:%M} {one.happened}: {_in_a_line(text)}"


def _in_a_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _as_json(message: Message | Notification) -> str:
    shown = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(message).items()}
    return json.dumps(shown, ensure_ascii=False)
