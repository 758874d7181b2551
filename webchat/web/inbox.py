"""The inbox: what one was told, what of it was put away, and what came while one was away."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat.preferences import QUIET
from webchat.errors import SignInNeeded, sentence as _
from webchat.notices import Notification
from webchat.store import Tx, notifications
from webchat.web.answers import page
from webchat.web.house import house
from webchat.web.numbers import whole_number

SHOWN = 100
"""Notifications on one page."""


async def inbox(request: Request) -> Response:
    """What one was told, newest first; ``before`` a number, or what was put away or off."""
    visitor = await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to see your inbox."))
    me, asked = visitor.user, request.query_params
    before, away = whole_number(asked.get("before", "")), asked.get("show") == "away"

    def read(tx: Tx) -> dict[str, Any]:
        found = notifications.newest(tx, me.id, SHOWN + 1, before or 2**53, archived=away)
        return {"notifications": found[:SHOWN], "earlier": found[SHOWN - 1].id if len(found) > SHOWN else 0}

    return await page(request, "inbox", visitor, read, away=away, live=not (before or away))


def waiting(tx: Tx, user_id: int) -> list[Notification]:
    """What came while somebody was away and is to be said once, the newest first."""
    return [one for one in notifications.unseen(tx, user_id) if one.priority > QUIET]
