"""What the pages about other people's sites show, also again after a refusal, and with a secret made just now."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import sites, support
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.errors import Refused, sentence as _
from webchat.store import Tx, agents, judges, rules as stored_rules, sites as stored
from webchat.web.admin_view import require_admin
from webchat.web.answers import origin, page
from webchat.web.house import house
from webchat.web.session import Visitor

SNIPPET = """<script type="module" async src="%(here)s/embed.js"></script>
<web-chat site="%(site)s" room="post-1" style="display: block; min-height: 320px">
  <a href="%(here)s/embed/%(site)s/post-1">Comments</a>
</web-chat>"""
"""What the owner of a site puts into a page."""
BUBBLE = """<script type="module" async src="%(here)s/embed.js"></script>
<web-chat site="%(site)s" mode="bubble" title="%(title)s">
  <a href="%(here)s/embed/%(site)s/support">%(title)s</a>
</web-chat>"""
"""The same for the site's support."""
PINNED = '<script type="module" async crossorigin src="%s/embed-%s.js" integrity="%s"></script>'
"""The first line of it, for a page that loads this version of the script and no other."""
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
    here = origin(request) + house(request).settings.base

    pinned = PINNED % (here, *house(request).renderer.assets.pin("embed/embed.js"))

    def read(tx: Tx) -> dict[str, Any]:
        site = sites.found(tx, name)
        where = {"here": here, "site": site.name}
        title = house(request).renderer.translate(visitor.lang, _("Write to us"), {})
        return {
            "site": site,
            "rules": stored_rules.of_site(tx, site.id),
            "judge": judges.of_site(tx, site.id),
            "at": now(),
            "pinned": pinned,
            "snippet": SNIPPET % where,
            "bubble": BUBBLE % (where | {"title": title}),
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
