"""What the admin's pages show, also again after a refusal."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import access, accounts, acts, invitations, names, places, sessions, tokens
from webchat.chat.done import Done
from webchat.errors import Forbidden, Refused, SignInNeeded, sentence as _
from webchat.model import Account, Role, User
from webchat.store import (
    Tx,
    rooms as stored_rooms,
    sites as stored_sites,
    tokens as stored_tokens,
    users as stored_users,
)
from webchat.web.answers import origin, page
from webchat.web.house import house
from webchat.web.numbers import whole_number
from webchat.web.session import Visitor

PAGE = 50
"""Accounts on a page."""
OF_USERS = ("set-role", "disable-user", "enable-user", "sign-out-user")
FORMS = frozenset({*OF_USERS, "create-user", "create-token", "change-place"})
"""What is asked on these pages, where it is also refused."""
ROLES: tuple[Role, ...] = ("admin", "moderator", "member")


def require_admin(visitor: Visitor) -> User:
    """The admin who asks. Raises SignInNeeded or Forbidden."""
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to see this page."))
    if not access.may("change-place", visitor.user):
        raise Forbidden(_("This page is for admins."))
    return visitor.user


async def overview(request: Request, visitor: Visitor) -> Response:
    """What there is to look after."""
    admin = require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        people, disabled = stored_users.how_many(tx)
        return {
            "people_count": people,
            "disabled_count": disabled,
            "link_count": sum(listed.live for listed in invitations.listed(tx, admin)),
            "token_count": stored_tokens.how_many(tx),
            "site_count": len(stored_sites.everything(tx)),
            "bot_count": len(stored_users.bots(tx)),
            "room_count": stored_rooms.how_many(tx),
            "settings": places.place(tx),
        }

    return await page(request, "admin", visitor, read)


async def user_list(
    request: Request, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """Accounts by name, a page of them, perhaps those that were searched for; and the form that makes one."""
    admin = require_admin(visitor)
    roles = [role for role in ROLES if access.may("create-user", admin, subject=User(-1, "", "", role))]
    search, after = request.query_params.get("q", "").strip()[:64], request.query_params.get("after", "")

    def read(tx: Tx) -> dict[str, Any]:
        found = stored_users.page(tx, names.folded(search), after, PAGE + 1)
        return {"accounts": found[:PAGE], "next_name": found[PAGE - 1].user.name if len(found) > PAGE else ""}

    shown = {"search": search, "after": after, "roles": roles, "error": error, "values": values or {}}
    return await page(request, "users", visitor, read, status, **shown)


async def user_page(
    request: Request, visitor: Visitor, name: str, refused: Refused | None = None, words: str = "", secret: str = ""
) -> Response:
    """One account, and what this admin may do about it; with its password, if it was made just now."""
    admin = require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        user = accounts.found(tx, name)
        account = stored_users.account(tx, user.id)
        assert account, "it was found a moment ago"
        may = _user_may(admin, account)
        found = {"account": account, "may": may, "roles": _roles(admin, user)}
        return found | {"sessions": sessions.listed(tx, user) if may["sign_out_user"] else []}

    return await page(request, "user", visitor, read, refused.status if refused else 200, error=words, secret=secret)


async def user_made(request: Request, visitor: Visitor, made: Done) -> Response:
    """An account that was made just now."""
    return await user_page(request, visitor, str(made.id), secret=made.secret)


async def token_page(
    request: Request, visitor: Visitor, made: Done | None = None, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The tokens, with the secret of one that was made just now."""
    admin = require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        listed = stored_tokens.newest(tx, tokens.MOST)
        revocable = {token.id for token in listed if access.may("revoke-token", admin, subject=token.user)}
        return {
            "tokens": listed,
            "revocable": revocable,
            "new": next((t for t in listed if made and t.id == made.id), None),
        }

    secret = made.secret if made else ""
    return await page(request, "tokens", visitor, read, status, secret=secret, error=error, values=values or {})


async def log_page(request: Request, visitor: Visitor) -> Response:
    """What moderators did, the newest first."""
    admin = require_admin(visitor)
    before = whole_number(request.query_params.get("before", "")) or 2**53

    def read(tx: Tx) -> dict[str, Any]:
        found = acts.listed(tx, admin, before, PAGE + 1)
        return {"acts": found[:PAGE], "earlier": found[PAGE - 1].id if len(found) > PAGE else 0}

    return await page(request, "log", visitor, read)


async def place_page(
    request: Request, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The settings of the whole place."""
    require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        return {"settings": msgspec.structs.asdict(places.place(tx)) | dict(values or {})}

    return await page(request, "place", visitor, read, status, error=error)


async def invitation_page(request: Request, visitor: Visitor) -> Response:
    """The links that let people in, and the form that makes one."""
    admin = require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        return {"links": invitations.listed(tx, admin), "offered": invitations.offered(tx, admin)}

    at = f"{origin(request)}{house(request).settings.base}/join/"
    return await page(request, "invitations", visitor, read, join=at)


async def again(request: Request, visitor: Visitor, form: Mapping[str, str], refused: Refused, why: str) -> Response:
    """The page of one of `FORMS` that was refused, with what was written."""
    word, _colon, subject = form["do"].partition(":")
    if word == "create-user":
        return await user_list(request, visitor, refused.status, why, form)
    if word == "create-token":
        return await token_page(request, visitor, None, refused.status, why, form)
    if word == "change-place":
        return await place_page(request, visitor, refused.status, why, form)
    return await user_page(request, visitor, form.get("user", "") or subject, refused, why)


def _user_may(admin: User, account: Account) -> dict[str, bool]:
    return {word.replace("-", "_"): access.may(word, admin, subject=account.user) for word in OF_USERS}


def _roles(admin: User, user: User) -> list[Role]:
    """The roles that this admin may give that user."""
    if user.role == "bot" or not access.may("set-role", admin, subject=user):
        return []
    changed = {role: msgspec.structs.replace(user, role=role) for role in ROLES}
    return [role for role in ROLES if access.may("set-role", admin, subject=changed[role])]
