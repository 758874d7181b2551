"""The options that several commands share, the settings that come of them, and what is said in a line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from webchat import settings
from webchat.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


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


def one_line(text: str) -> str:
    """File names may hold anything; what is said is one line all the same."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
