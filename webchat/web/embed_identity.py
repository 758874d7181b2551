"""Who somebody is in the frames of a site: a guest by name, a user of the site by a token that it signed, or one of
ours, who says so in a window of our own.

Frames ask by script, and hear 204 or a sentence; their forms come back to the frame by ``next``.
"""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote, unquote

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webchat.chat import identities, people, sites
from webchat.errors import Forbidden, Malformed, Refused, sentence as _
from webchat.model import Guest, Site
from webchat.store import Tx
from webchat.web.answers import fields, origin, page, redirect
from webchat.web.embed import framed
from webchat.web.house import House, house, peer, tell
from webchat.web.limits import network
from webchat.web.session import guest_title

Endpoint = Callable[[Request], Awaitable[Response]]
Door = Callable[[Request, Site, dict[str, str]], Awaitable[Response]]

OPENER = "Cross-Origin-Opener-Policy"
KEPT = {OPENER: "unsafe-none"}
"""The header of what is shown in a window that a frame opened, and that is to answer it."""
_POPUP = re.compile(r"/embed/[^/\\?#]+/-/sign-in")


async def _entered(request: Request, site: Site, form: dict[str, str]) -> Response:
    at, visitor = house(request), await house(request).sessions.visitor(request)
    at.limits.take("sign-in", network(peer(request)))
    if site.guests != "write":
        raise Forbidden(_("Guests are not let in here."))
    title = guest_title(form.get("name", ""))
    if not title:
        raise Malformed(_("Choose a name of 1 to 40 characters."))
    await at.store.read(lambda tx: people.check_free(tx, title))
    guest = visitor.actor
    if not isinstance(guest, Guest) or guest.vouched or guest.site != site.id:
        at.limits.take("identities", network(peer(request)))
        guest = msgspec.structs.replace(at.sessions.stranger(), welcome=False, site=site.id)
    response = way_out(request, form)
    at.sessions.sites.enter(request, response, site, msgspec.structs.replace(guest, title=title))
    return response


async def _identified(request: Request, site: Site, form: dict[str, str]) -> Response:
    at = house(request)
    at.limits.take("identify", network(peer(request)))
    token, audience = form.get("token", ""), _names(request, at)

    def take(tx: Tx) -> identities.Said:
        return identities.accept(tx, sites.found(tx, site.name), token, audience)

    try:
        said = await at.store.write(take)
    except Refused as refused:
        tell(request, "Refused a site's token", "token-refused", "", site=site.name, why=refused.sentence)
        raise
    response = way_out(request, form)
    at.sessions.sites.enter(request, response, site, at.sessions.sites.person(site, *said))
    return response


async def _left(request: Request, site: Site, form: dict[str, str]) -> Response:
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if "token" in form and not getattr(visitor.actor, "vouched", False):
        return way_out(request, form)  # the site knows nobody, and says nothing of whom we know
    if visitor.user and visitor.session.startswith(identities.AT):
        await at.chat.commit(partial(identities.leave, held=visitor.session, user=visitor.user))
    response = way_out(request, form)
    at.sessions.sites.leave(request, response, site)
    return response


async def _redeemed(request: Request, site: Site, form: dict[str, str]) -> Response:
    at = house(request)
    at.limits.take("sign-in", network(peer(request)))
    code = form.get("code", "")
    user, secret = await at.store.write(lambda tx: identities.redeem(tx, site, code))
    tell(request, "Signed in at a site", "signed-in-at-site", user.name, site=site.name)
    response = way_out(request, form)
    at.sessions.sites.sign_in(request, response, site, secret)
    return response


async def sign_in(request: Request) -> Response:
    """A window of our own, in which somebody with an account says that a site's frame may write as them."""
    at = house(request)
    visitor = await at.sessions.account(request)
    name = request.path_params["site"]
    if visitor is None:
        site = await at.store.read(lambda tx: sites.found(tx, name))
        response: Response = redirect(request, f"/sign-in?next={quote(f'/embed/{site.name}/-/sign-in')}")
    elif request.method == "POST":
        at.limits.take("sign-in", network(peer(request)))
        session = visitor.session
        site, code = await at.store.write(lambda tx: identities.offer(tx, name, session))
        response = await page(request, "embed_sign_in", visitor, lambda _tx: {}, site=site, code=code)
    else:
        response = await page(request, "embed_sign_in", visitor, lambda tx: {"site": _open_site(tx, name)}, code="")
    response.headers.update(KEPT)
    return response


def leads_back(endpoint: Endpoint) -> Endpoint:
    """A page that may stand in such a window on the way: it keeps its tie to the frame if it leads back there."""

    async def kept(request: Request) -> Response:
        response = await endpoint(request)
        asked = await fields(request) if request.method == "POST" else request.query_params
        if _POPUP.fullmatch(asked.get("next", "")):
            response.headers.update(KEPT)
        return response

    return kept


def door(asked: Door) -> Endpoint:
    """A door that a frame knocks at. What it refuses it says in one sentence, which may stand in the frame."""

    async def answered(request: Request) -> Response:
        at, form = house(request), await fields(request)
        site = await at.store.read(lambda tx: sites.found(tx, request.path_params["site"]))
        try:
            _way_back(site, form)
            return await asked(request, site, form)
        except Refused as refused:
            lang = (await at.sessions.visitor(request)).lang
            why = at.renderer.translate(lang, refused.sentence, refused.values)
            after = {"Retry-After": str(refused.after)} if refused.after else {}
            return PlainTextResponse(why, refused.status, framed(site) | after)

    return answered


enter, identify, leave, redeem = map(door, (_entered, _identified, _left, _redeemed))


def _way_back(site: Site, form: dict[str, str]) -> None:
    """Raises Malformed for a ``next`` that is no frame of the site."""
    path = unquote(form.get("next", ""))
    within = path.startswith(f"/embed/{site.name}/") and "\\" not in path and ".." not in path.split("/")
    if path and not (within and path.isprintable()):
        raise Malformed(_("This form does not lead back to a frame of the site."))


def way_out(request: Request, form: dict[str, str]) -> Response:
    """Back to the frame, for a form; nothing more to say to a script."""
    by_script = "hx-request" in request.headers or request.headers.get("sec-fetch-dest") == "empty"
    if by_script or not form.get("next"):
        return Response(status_code=204)
    return redirect(request, form["next"])


def _open_site(tx: Tx, name: str) -> Site:
    site = sites.found(tx, name)
    identities.need_accounts(site)
    return site


def _names(request: Request, at: House) -> list[str]:
    """What a site may call us in a token: an origin of ours, with or without the path that we are at."""
    paths = {"", "/", at.settings.base, f"{at.settings.base}/"}
    return [f"{one}{path}" for one in {origin(request), *at.settings.origins} for path in paths]
