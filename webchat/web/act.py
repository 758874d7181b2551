"""The page of a link out of a letter, on which a moderator decides without signing in.

To look changes nothing, however often programs that look for bad links do so: only the form does. The address is told
to nobody: the wall's policy keeps it from other origins. With no-referrer browsers would not say where the form comes
from.
"""

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import decisions
from webchat.store import Tx
from webchat.web.answers import fields, page
from webchat.web.house import house, peer
from webchat.web.limits import network


async def act(request: Request) -> Response:
    """What waits, with what may be done about it; or what was decided, and by whom."""
    at = house(request)
    at.limits.take("guests", network(peer(request)))
    code = request.path_params["code"]
    link = at.links.read(code)
    if request.method == "POST":
        form = await fields(request)
        await at.chat.commit(partial(decisions.decide, link=link, do=form.get("do", ""), why=form.get("why", "")))

    visitor = await at.sessions.visitor(request)

    def read(tx: Tx) -> dict[str, Any]:
        case = decisions.look(tx, link)
        decided = at.renderer.translate(visitor.lang, *case.decided) if case.decided else ""
        return {"case": case, "decided": decided, "kind": link.kind, "code": code}

    return await page(request, "act", visitor, read)
