"""The admin's pages."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import access, invitations
from webchat.errors import Forbidden, SignInNeeded, sentence as _
from webchat.model import User
from webchat.store import Tx
from webchat.web.answers import origin, page, redirect
from webchat.web.house import house
from webchat.web.session import Visitor


async def home(request: Request) -> Response:
    """To the first of the pages."""
    return redirect(request, "/admin/invitations")


async def invitation_list(request: Request) -> Response:
    """The links that let people in, and the form that makes one."""
    visitor = await house(request).sessions.visitor(request)
    admin = _admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        return {"links": invitations.listed(tx, admin), "offered": invitations.offered(tx, admin)}

    at = f"{origin(request)}{house(request).settings.base}/join/"
    return await page(request, "invitations", visitor, read, join=at)


def _admin(visitor: Visitor) -> User:
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to see this page."))
    if not access.may_let_in(visitor.user):
        raise Forbidden(_("This page is for admins."))
    return visitor.user
