"""How the HTML doors answer: a page with what every page shows, a redirect after a post, a refusal in words."""

from collections.abc import Callable
from typing import Any

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from webchat.chat import people
from webchat.commands import LISTS
from webchat.errors import Malformed, Refused, SignInNeeded, sentence as _
from webchat.store import Tx, notifications
from webchat.web.house import house
from webchat.web.security import bearer
from webchat.web.session import Visitor
from webchat.web.sidebar import sidebar

UNREADABLE = _("This is not a form that can be read here.")


Reading = Callable[[Tx], dict[str, Any]]
"""What a page finds in the store."""


async def page(
    request: Request, name: str, visitor: Visitor, read: Reading, status: int = 200, **more: Any
) -> Response:
    """Draw ``pages/NAME.html`` from what ``read`` finds and what every page shows, in one snapshot."""
    context = await house(request).store.read(lambda tx: _shared(tx, visitor) | read(tx))
    return _drawn(request, name, visitor, status, context | more)


async def browsed(
    request: Request, name: str, visitor: Visitor, read: Reading, status: int = 200, **more: Any
) -> Response:
    """The same of what takes longer to find than a page may: beside the event loop."""
    context = await house(request).store.browse(lambda tx: _shared(tx, visitor) | read(tx))
    return _drawn(request, name, visitor, status, context | more)


async def refusal(request: Request, visitor: Visitor, refused: Refused, cid: str | None = None) -> Response:
    """Say why not, in the form that was asked for: JSON, a fragment, or a page."""
    renderer = house(request).renderer
    why = renderer.translate(visitor.lang, refused.sentence, refused.values)
    if wants_json(request):
        nack: dict[str, object] = {"nack": cid, "why": why}
        headers = {"WWW-Authenticate": "Bearer"} if isinstance(refused, SignInNeeded) else {}
        return JSONResponse(nack | {"after": refused.after} if refused.after else nack, refused.status, headers)
    if "hx-request" in request.headers:
        return HTMLResponse(renderer.fragment("refused", visitor.lang, why=why), refused.status)
    return await page(request, "error", visitor, lambda tx: {}, status=refused.status, sentence=why)


def redirect(request: Request, path: str) -> RedirectResponse:
    """See other: ``path`` is from the root of the app."""
    return RedirectResponse(house(request).settings.base + path, 303)


def origin(request: Request) -> str:
    """How people reach this place, for links that are sent around."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def local_path(path: str, otherwise: str) -> str:
    """``path`` if it stays on this site."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and not URL(path).netloc else otherwise


async def fields(request: Request) -> dict[str, str]:
    """The form's fields that are text; files are not asked for anywhere.

    Raises Malformed for what cannot be read, such as an encoding that no page of ours would ask a browser for.
    """
    try:
        form = await request.form()
        found = {name: value for name, value in form.items() if isinstance(value, str)}
        found |= {name: " ".join(map(str, form.getlist(name))) for name in LISTS if name in found}
        for text in (*found, *found.values()):
            text.encode()
    except UnicodeError:
        raise Malformed(UNREADABLE) from None
    return found


def wants_json(request: Request) -> bool:
    """Whether a program or a script asks, not a browser for a page."""
    return request.headers.get("accept", "").startswith("application/json") or bearer(request.headers) is not None


def _drawn(request: Request, name: str, visitor: Visitor, status: int, found: dict[str, Any]) -> Response:
    at = house(request)
    shown = {
        "me": visitor.actor if visitor.known else None,
        "signed_in": visitor.user is not None,
        "guest_name": visitor.actor.title,
        "theme": visitor.theme,
        "path": request.scope["path"].removeprefix(at.settings.base) or "/",
        "open": at.settings.open,
        "status": status,
    }
    return HTMLResponse(at.renderer.page(name, visitor.lang, **(shown | found)), status)


def _shared(tx: Tx, visitor: Visitor) -> dict[str, Any]:
    newest = notifications.newest(tx, visitor.actor.id, 1) if visitor.user else []
    return sidebar(tx, visitor.actor) | {
        "place": people.place(tx),
        "top": newest[0].id if newest else 0,
    }
