"""The commands about the support windows of sites, which stand beside those about sites."""

from pathlib import Path
from typing import Any, get_args

import click

from webchat.chat import sites, support
from webchat.cli.options import chosen, data_option
from webchat.cli.performing import perform
from webchat.desk import desk
from webchat.store import agents as stored
from webchat.support import Prechat


@click.command("support")
@click.argument("name")
@click.option("--enabled/--disabled", default=None, help="Whether visitors may write to the agents.")
@click.option(
    "--prechat", type=click.Choice(get_args(Prechat)), help="When name and e-mail are asked for first. [away]"
)
@click.option("--hours", help="Business hours, such as 'mon-fri 09:00-17:30', a line for each run of days.")
@click.option("--zone", help="Their time zone, such as Europe/Berlin. [UTC]")
@click.option("--greeting", help="What visitors read first.")
@click.option("--away", help="What they read outside of the hours.")
@data_option
def set_up(name: str, data: Path | None, **given: Any) -> None:
    """Set up the support window of the site NAME; what is not given stays."""
    with desk(chosen(data=data)) as at:
        perform(at, support.set_, "set-support", name, given)


@click.group()
def agent() -> None:
    """Who answers in the support window of a site, besides the admins."""


@agent.command("add")
@click.argument("name")
@click.argument("user")
@data_option
def agent_add(name: str, user: str, data: Path | None) -> None:
    """Let USER answer at the site NAME."""
    with desk(chosen(data=data)) as at:
        perform(at, support.add_agent, "add-agent", name, {"user": user})


@agent.command("remove")
@click.argument("name")
@click.argument("user")
@data_option
def agent_remove(name: str, user: str, data: Path | None) -> None:
    """Let USER answer at the site NAME no more. What they had is nobody's then."""
    with desk(chosen(data=data)) as at:
        perform(at, support.remove_agent, "remove-agent", name, {"user": user})


@agent.command("list")
@click.argument("name")
@data_option
def agent_list(name: str, data: Path | None) -> None:
    """Print who was appointed at the site NAME: the name and the title of each."""
    with desk(chosen(data=data)) as at:
        for one in at.read(lambda tx: stored.appointed(tx, sites.found(tx, name).id)):
            click.echo(f"{one.name}\t{one.title}")
