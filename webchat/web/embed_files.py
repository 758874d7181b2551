"""The files that a visitor sends to a site's support, from the window in the pages of others.

A script sends each by itself and names it in what is said next. Without one there is a page for a file and a text.
"""

from functools import partial
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.chat import attachments, conversations, names, sites, uploads
from webchat.errors import NotFound, Refused, sentence as _
from webchat.model import Site
from webchat.store import Tx
from webchat.web import embed, files
from webchat.web.answers import wants_json
from webchat.web.house import House, house
from webchat.web.session import Visitor
from webchat.web.surfaces import SUPPORT, home, spoken


def listed(request: Request, lang: str) -> Response:
    """The list of files to send, which the script of a window fetches with the first."""
    at = house(request)
    _need_files(at)
    shown = at.renderer.fragment("talk_files", lang, max=files.limit(at), most=attachments.MOST)
    return HTMLResponse(shown, headers={"Cache-Control": "no-store"})


async def attach(request: Request) -> Response:
    """Take a file into a conversation, from its visitor or from who answers there; or the page with the form."""
    at, where = house(request), request.path_params
    slug = f"{names.folded(where['site'])}.~{where['talk']}"
    _need_files(at)
    visitor = await at.sessions.visitor(request)
    site = await at.store.read(lambda tx: _place(tx, visitor, slug))
    again = partial(_form, request, site, slug)
    if request.method != "POST":
        return await again(None, {})
    try:
        return await files.taken(request, visitor, slug, quote(home(SUPPORT, slug)) + _lang(request), again)
    except Refused as refused:
        if wants_json(request):
            raise
        return await again(refused, {})


def _place(tx: Tx, visitor: Visitor, slug: str) -> Site:
    """The site of a conversation that somebody may write in. Raises the Refused that says why not."""
    conversations.found(tx, visitor.actor, slug)
    uploads.place(tx, visitor.actor, visitor.session, slug)
    return sites.found(tx, slug.partition(".")[0])


async def _form(
    request: Request, site: Site, slug: str, refused: Refused | None, values: dict[str, str]
) -> Response:  # fmt: skip
    at, lang = house(request), spoken(request)
    error = at.renderer.translate(lang, refused.sentence, refused.values) if refused else ""
    where = at.settings.base + quote(home(SUPPORT, slug))
    shown = {"here": f"{where}/files{_lang(request)}", "back": where + _lang(request), "max": files.limit(at)}
    look = {"site": site, "theme": "", "mode": "live", "error": error, "values": values}
    html = at.renderer.page("embed_attach", lang, **shown, **look)
    headers = embed.framed(site) | {"Cache-Control": "no-store"}
    if refused and refused.after:
        headers["Retry-After"] = str(refused.after)
    return HTMLResponse(html, refused.status if refused else 200, headers)


def _lang(request: Request) -> str:
    return f"?lang={spoken(request)}"


def _need_files(at: House) -> None:
    if not files.limit(at):
        raise NotFound(_("There is no such page."))
