"""Commands about rooms."""

from pathlib import Path

import click

from webchat.cli.options import chosen, data_option
from webchat.desk import desk
from webchat.model import GUEST_ACCESS, GuestAccess, RoomKind


@click.group()
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
