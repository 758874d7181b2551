"""The command that serves."""

import click

from webchat import process
from webchat.cli.options import chosen, serving_options
from webchat.settings import LOG_FORMATS, WORKERS


@click.command()
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
