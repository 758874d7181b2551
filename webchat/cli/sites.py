"""The commands about other people's sites."""

import secrets
from functools import partial
from pathlib import Path
from typing import Any, cast, get_args

import click
import msgspec

from webchat import commands as c
from webchat.chat import rights, rules, sites
from webchat.cli import support
from webchat.cli.options import chosen, data_option
from webchat.cli.performing import perform
from webchat.cli.rights import erase, show
from webchat.desk import desk
from webchat.model import GUEST_ACCESS
from webchat.rules import Hold, Links, Otherwise, Repeats
from webchat.store import rules as stored_rules, sites as stored


@click.group()
def site() -> None:
    """Other people's sites whose pages show threads of ours."""


_origins = click.option(
    "--origin", "origins", metavar="URL", multiple=True, help="Where its pages are, such as https://blog.example."
)
_title = click.option("--title", help="Its name for people; the NAME if not given.")
_guests = click.option("--guests", type=click.Choice(GUEST_ACCESS), help="What guests may do in its threads. [write]")


@site.command("add")
@click.argument("name")
@_origins
@_title
@_guests
@data_option
def site_add(name: str, data: Path | None, **given: Any) -> None:
    """Let the site NAME show threads on its pages, and print the secret that signs what it says of its users."""
    with desk(chosen(data=data)) as at:
        made = perform(at, sites.create, "create-site", name, given)
    click.echo(f"Added {made.id}. It signs with the secret {made.secret}")


@site.command("list")
@data_option
def site_list(data: Path | None) -> None:
    """Print each site: its name, what guests may do, and where its pages are."""
    with desk(chosen(data=data)) as at:
        for one in at.read(stored.everything):
            click.echo(f"{one.name}\t{one.guests}\t{' '.join(one.origins)}")


@site.command("edit")
@click.argument("name")
@_origins
@_title
@_guests
@data_option
def site_edit(name: str, data: Path | None, **given: Any) -> None:
    """Change the site NAME; what is not given stays. With --guests none its threads are shown to
    its own users only."""
    with desk(chosen(data=data)) as at:
        perform(at, sites.edit, "edit-site", name, given)


@site.command("rules")
@click.argument("name")
@click.option("--slow", type=int, help="Seconds between two comments of one author; 0 is off.")
@click.option("--links", type=click.Choice(get_args(Links)), help="Who posts links.")
@click.option("--known", type=int, help="Comments until somebody is known.")
@click.option("--word", "words", metavar="TEXT", multiple=True, help="What may not be said; repeat for more.")
@click.option("--repeats", type=click.Choice(get_args(Repeats)), help="The same text twice within a minute.")
@click.option("--hold", type=click.Choice(get_args(Hold)), help="Whose comments wait for a moderator.")
@click.option("--reports", type=int, help="Reports that hide a comment; 0 is never.")
@click.option("--closes", type=int, help="Days until only moderators write; 0 is never.")
@click.option("--editing", type=int, help="Minutes in which guests can edit what they wrote; 0 is always.")
@click.option("--judge", metavar="URL", help="A program that judges comments before they appear; empty for none.")
@click.option("--unjudged", type=click.Choice(get_args(Otherwise)), help="What becomes of what it does not judge.")
@data_option
def site_rules(name: str, data: Path | None, **given: Any) -> None:
    """Change the rules of the threads of the site NAME, and print them; what is not given stays.
    The secret by which another judge knows that it is asked from here is printed once, at the end."""
    settings = chosen(data=data)
    with desk(settings) as at:
        verb = partial(rules.set_for_site, trusted=settings.hook_hosts)
        made = perform(at, verb, "set-site-rules", name, given)
        found = at.read(lambda tx: stored_rules.of_site(tx, sites.found(tx, name).id))
    for rule, value in msgspec.structs.asdict(found).items():
        click.echo(f"{rule}\t{', '.join(value) if isinstance(value, tuple) else value}")
    if made.secret:
        click.echo(f"The judge is asked with the secret {made.secret}")


@site.command("secret")
@click.argument("name")
@click.option("--keep", is_flag=True, help="Believe what the old one signs for 24 hours more.")
@data_option
def site_secret(name: str, keep: bool, data: Path | None) -> None:
    """Give the site NAME another secret, and print it. What the old one signs is not believed any more."""
    with desk(chosen(data=data)) as at:
        made = perform(at, sites.renew_secret, "renew-secret", name, {"keep": keep})
    click.echo(f"{made.id} signs with the secret {made.secret}")


@site.command("export-person")
@click.argument("name")
@click.argument("sub")
@data_option
def site_export_person(name: str, sub: str, data: Path | None) -> None:
    """Print all that is kept of the user whom the site NAME calls SUB as JSON lines."""
    with desk(chosen(data=data)) as at:
        show(at, lambda tx: rights.person(tx, c.clean(name), c.clean(sub)))


@site.command("erase-person")
@click.argument("name")
@click.argument("sub")
@data_option
def site_erase_person(name: str, sub: str, data: Path | None) -> None:
    """Erase the user whom the site NAME calls SUB: what they said is emptied, and their name goes."""
    command = c.build(c.ErasePerson, {"site": name, "sub": sub, "cid": secrets.token_urlsafe(16)})
    with desk(chosen(data=data)) as at:
        erase(at, partial(rights.erase_person, actor=None, command=cast("c.ErasePerson", command)))
    click.echo("Erased.")


site.add_command(support.set_up)
site.add_command(support.agent)
