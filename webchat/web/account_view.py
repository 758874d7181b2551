"""The page of one's settings, also with what was wrong with one of its forms."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import sessions
from webchat.store import Tx, mails, preferences, pushes
from webchat.web.answers import page
from webchat.web.house import house
from webchat.web.session import Visitor


async def account_page(request: Request, visitor: Visitor, status: int = 200, **more: object) -> Response:
    """Draw the page. ``more`` is ``error`` and ``values`` of the profile's form, ``wrong`` with the password's,
    ``unheard`` with those of notifications, ``unerased`` why nothing was
    erased, and whether the password was just ``changed``."""
    at, user = house(request), visitor.user

    def read(tx: Tx) -> dict[str, Any]:
        if user is None:
            return {}
        pushed = {"push_key": at.pusher.public if at.pusher else "", "pushed": pushes.of_session(tx, visitor.session)}
        wishes = pushed | {"levels": preferences.levels(tx, user.id), "quiet": preferences.quiet_hours(tx, user.id)}
        wishes |= {
            "mail": mails.of_user(tx, user.id),
            "mail_after": at.settings.mail_after,
            "mails": at.post is not None,
        }
        return wishes | {"sessions": sessions.listed(tx, user), "here": visitor.session}

    return await page(request, "settings", visitor, read, status, **more)
