"""The command line. Each command reads its options, opens what it needs and asks for one thing.

A command's module is imported when the command is asked for: to import the server takes longer than to ask a running
one for something.
"""

import errno
import importlib
import keyword
import os
from typing import Any

import click

from webchat import __version__
from webchat.cli.options import one_line
from webchat.client import Problem
from webchat.errors import Refused, StartRefused

COMMANDS = {
    "backup": "operating",
    "copy": "operating",
    "danmaku": "films",
    "doctor": "operating",
    "export": "operating",
    "import": "imports",
    "migrate": "operating",
    "notify": "remote",
    "restore": "operating",
    "room": "rooms",
    "send": "remote",
    "serve": "serving",
    "site": "sites",
    "tail": "remote",
    "token": "accounts",
    "user": "accounts",
}
"""The module of each command, which has a function of its name."""


class _Group(click.Group):
    """Says in one line on stderr what was refused, and exits with 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"webchat.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Refused, StartRefused, Problem) as refusal:
            raise click.ClickException(one_line(str(refusal))) from None
        except UnicodeError:  # bytes that are no text, in an argument, a variable or on stdin
            raise click.ClickException("What was given is not text in UTF-8.") from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output has gone; click ends quietly
                raise
            where = os.fsdecode(error.filename) if error.filename else "webchat"
            raise click.ClickException(one_line(f"{where}: {error.strerror or error}")) from None


@click.group(cls=_Group, context_settings={"auto_envvar_prefix": "WEBCHAT", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="webchat", message="%(prog)s %(version)s")
def main() -> None:
    """Live chat, rendered on the server."""
