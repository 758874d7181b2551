"""The commands about accounts of people and programs."""

import secrets
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from webchat import commands as c
from webchat.chat import accounts, rights, tokens
from webchat.chat.holding import Author
from webchat.cli.options import chosen, data_option
from webchat.cli.rights import erase, show
from webchat.desk import desk
from webchat.model import GivenRole
from webchat.store import tokens as stored

ROLES: tuple[GivenRole, ...] = ("owner", "admin", "moderator", "member")


@click.group()
def user() -> None:
    """People with an account."""


@user.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="Looks after the place; the first one is its owner.")
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


@user.command("list")
@data_option
def user_list(data: Path | None) -> None:
    """Print each account: its name, its role, and whether it is disabled."""
    with desk(chosen(data=data)) as at:
        for one in at.accounts():
            state = "disabled" if one.user.disabled else "enabled"
            click.echo(f"{one.user.name}\t{one.user.role}\t{state}")


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@data_option
def user_role(name: str, role: GivenRole, data: Path | None) -> None:
    """Give the user NAME the role ROLE."""
    with desk(chosen(data=data)) as at:
        at.commit(partial(accounts.set_role, actor=None, command=c.SetRole(c.clean(name), role, _cid())))


@user.command("disable")
@click.argument("name")
@data_option
def user_disable(name: str, data: Path | None) -> None:
    """End all sessions and tokens of the user NAME, who cannot sign in any more."""
    with desk(chosen(data=data)) as at:
        at.commit(partial(accounts.disable, actor=None, command=c.DisableUser(c.clean(name), _cid())))


@user.command("enable")
@click.argument("name")
@data_option
def user_enable(name: str, data: Path | None) -> None:
    """Let the user NAME sign in again."""
    with desk(chosen(data=data)) as at:
        at.commit(partial(accounts.enable, actor=None, command=c.EnableUser(c.clean(name), _cid())))


@user.command("export")
@click.argument("name")
@data_option
def user_export(name: str, data: Path | None) -> None:
    """Print all that is kept of the user NAME as JSON lines."""
    with desk(chosen(data=data)) as at:
        show(at, lambda tx: Author(accounts.found(tx, c.clean(name)).id, ""))


@user.command("erase")
@click.argument("name")
@data_option
def user_erase(name: str, data: Path | None) -> None:
    """Erase the user NAME: what they said is emptied, their name goes, and nobody can sign in to the account."""
    with desk(chosen(data=data)) as at:
        left = erase(at, partial(rights.erase_user, actor=None, command=c.EraseUser(c.clean(name), _cid())))
    click.echo(f"Erased. The account is called {left} now.")


@click.group()
def token() -> None:
    """What programs show instead of a password."""


@token.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    metavar="SCOPE",
    help="What it may be used for: read, post, notify or admin, perhaps for one room or user, as in post:lobby;"
    " repeat for more.",
)
@click.option("--days", type=click.IntRange(0, 3650), default=365, show_default=True, help="How long; 0 for no end.")
@data_option
def token_add(name: str, scopes: tuple[str, ...], days: int, data: Path | None) -> None:
    """Make a token for NAME, a user or a program, and print it. A program gets an account if it has none."""
    form = {"do": "create-token", "cid": _cid(), "user": name, "scopes": list(scopes), "days": days}
    command = c.parse(form)
    assert isinstance(command, c.CreateToken), "the word is its own"
    with desk(chosen(data=data)) as at:
        made = at.commit(partial(tokens.create, actor=None, command=command))
    click.echo(f"Made the token {made.id} for {name}: {made.secret}")


@token.command("list")
@data_option
def token_list(data: Path | None) -> None:
    """Print each token: its number, account, scopes, how its secret begins, and when it ends and was last used."""
    with desk(chosen(data=data)) as at:
        for one in at.read(lambda tx: stored.newest(tx, tokens.MOST)):
            ends, used = (_day(time) for time in (one.expires, one.used))
            click.echo(f"{one.id}\t{one.user.name}\t{' '.join(one.scopes)}\t{one.prefix}\t{ends}\t{used}")


@token.command("revoke")
@click.argument("id", type=click.IntRange(1, 2**53))
@data_option
def token_revoke(id: int, data: Path | None) -> None:
    """End the token ID and the connections that it opened."""
    with desk(chosen(data=data)) as at:
        at.commit(partial(tokens.revoke, actor=None, command=c.RevokeToken(id, _cid())))


def _cid() -> str:
    return secrets.token_urlsafe(16)


def _day(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d") if time else "never"


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("There is no password on stdin.")
    return password
