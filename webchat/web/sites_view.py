"""What the pages about other people's sites show, also again after a refusal, and with a secret made just now."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import sites, support
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.errors import Refused
from webchat.model import Site
from webchat.store import Tx, agents, judges, rules as stored_rules, sites as stored
from webchat.web import tags_view
from webchat.web.admin_view import require_admin
from webchat.web.answers import origin, page
from webchat.web.house import house
from webchat.web.session import Visitor

OF_ONE = frozenset(
    {"edit-site", "set-site-rules", "try-site-judge", "renew-secret", "set-support", "add-agent", "remove-agent"}
)
"""What is asked on the page of one site, where it is also refused."""
FORMS = OF_ONE | {"create-site"}


async def site_list(
    request: Request, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The sites, and the form that lets another in."""
    require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        return {"sites": [(site, stored.threads(tx, site.id)) for site in stored.everything(tx)]}

    return await page(request, "sites", visitor, read, status, error=error, values=values or {})


async def site_page(
    request: Request, visitor: Visitor, name: str, made: Done | None = None, status: int = 200, error: str = "",
    values: Any = None, tried: str = "",
) -> Response:  # fmt: skip
    """One site; and what was ``tried`` of its judge."""
    require_admin(visitor)
    here, renderer = origin(request) + house(request).settings.base, house(request).renderer

    def usual(site: Site, kind: str) -> str:
        tag = tags_view.usual(kind, lambda sentence: renderer.translate(visitor.lang, sentence, {}))
        return tags_view.snippet(here, site.name, tag)

    def read(tx: Tx) -> dict[str, Any]:
        site = sites.found(tx, name)
        return {
            "site": site,
            "rules": stored_rules.of_site(tx, site.id),
            "judge": judges.of_site(tx, site.id),
            "at": now(),
            "snippet": usual(site, "thread"),
            "bubble": usual(site, "bubble"),
            "support": support.settings(tx, site),
            "agents": agents.appointed(tx, site.id),
        }

    secret = made.secret if made else ""
    more = {"secret": secret, "error": error, "values": values or {}, "tried": tried}
    return await page(request, "site", visitor, read, status, **more)


async def again(request: Request, visitor: Visitor, form: Mapping[str, str], refused: Refused, why: str) -> Response:
    """The page of one of `FORMS` that was refused, with what was written."""
    word, _colon, subject = form["do"].partition(":")
    if word in OF_ONE:
        return await site_page(request, visitor, form.get("site", "") or subject, None, refused.status, why, form)
    return await site_list(request, visitor, refused.status, why, form)
