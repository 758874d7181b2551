"""What admins may ask about others' accounts and about the place."""

from typing import Annotated

import msgspec

from webchat.commands.fields import Cid, Id, Name, Slug
from webchat.model import GivenRole, Makers, SignUp

Scope = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class CreateUser(msgspec.Struct, frozen=True):
    """Make an account for somebody, with a password that is made up and told once."""

    name: Name
    cid: Cid
    role: GivenRole = "member"


class SetRole(msgspec.Struct, frozen=True):
    """Give somebody another role."""

    user: Slug
    role: GivenRole
    cid: Cid


class DisableUser(msgspec.Struct, frozen=True):
    """Let an account do nothing any more. All that it said stays."""

    user: Slug
    cid: Cid


class EnableUser(msgspec.Struct, frozen=True):
    """Let an account be used again."""

    user: Slug
    cid: Cid


class EraseUser(msgspec.Struct, frozen=True):
    """Forget somebody: what they said is emptied, their name goes, and nobody can sign in to the account."""

    user: Slug
    cid: Cid


class SignOutUser(msgspec.Struct, frozen=True):
    """End all sessions of somebody."""

    user: Slug
    cid: Cid


class ChangePlace(msgspec.Struct, frozen=True):
    """Change what holds for the whole place. What is left out stays as it is."""

    cid: Cid
    name: Name | None = None
    sign_up: SignUp | None = None
    makers: Makers | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class CreateToken(msgspec.Struct, frozen=True):
    """Make a token for oneself or for a program, whose account is made with it.

    ``only`` are names of rooms or users that its scopes are for, if not for all. ``days`` is 0 for no end.
    """

    user: Slug
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(min_length=1, max_length=20)]
    cid: Cid
    only: Annotated[tuple[Slug, ...], msgspec.Meta(max_length=20)] = ()
    days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 365


class RevokeToken(msgspec.Struct, frozen=True):
    """End a token now."""

    token: Id
    cid: Cid
