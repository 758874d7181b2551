"""The pages: each reads what it shows in one snapshot and draws it."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.chat import mentions, names, people, slashes, support
from webchat.commands import clean
from webchat.web.answers import redirect
from webchat.web.house import house, peer
from webchat.web.limits import network
from webchat.web.numbers import whole_number
from webchat.web.room_view import message_page, room_page
from webchat.web.sidebar import links_of


async def home(request: Request) -> Response:
    """To the lobby, or the first room there is, or the list of rooms."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    links = await at.store.read(lambda tx: links_of(tx, visitor.actor))
    slugs = [link.slug for link in links]
    if at.settings.open or people.LOBBY in slugs:
        return redirect(request, f"/rooms/{people.LOBBY}")
    if not slugs and visitor.user is None:
        return redirect(request, "/sign-in")
    return redirect(request, f"/rooms/{slugs[0]}" if slugs else "/rooms")


async def room(request: Request) -> Response:
    """One room: its newest messages, or those before, after or around a place; as a fragment for endless scrolling."""
    visitor = await house(request).sessions.visitor(request)
    return await room_page(request, visitor, request.path_params["slug"])


async def names_offered(request: Request) -> Response:
    """Members of a room whose names start with ``q``, or its commands: the options of the list at the composer."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    at.limits.act(False, visitor.actor, network(peer(request)))
    slug, start = request.path_params["slug"], clean(request.query_params.get("q", ""))[: names.LONGEST]
    if start.startswith("/"):
        found = await at.store.read(lambda tx: slashes.offered(tx, visitor.actor, slug, start[1:]))
        ready = await at.store.read(lambda tx: support.ready(tx, visitor.actor, slug, start[1:]))
        return HTMLResponse(at.renderer.fragment("names_offered", visitor.lang, ready=ready, offers=found, people=()))
    at.limits.search(visitor.actor, network(peer(request)), "people")
    people = await at.store.browse(lambda tx: mentions.offered(tx, visitor.actor, slug, start))
    return HTMLResponse(at.renderer.fragment("names_offered", visitor.lang, ready=(), offers=(), people=people))


async def message(request: Request) -> Response:
    """A message's own page: the talk around it, and all that this reader may do with it."""
    visitor = await house(request).sessions.visitor(request)
    seq = whole_number(request.path_params["seq"])
    return await message_page(request, visitor, names.folded(request.path_params["slug"]), seq or 0)


async def my_style(request: Request) -> Response:
    """What marks one's own messages: the same fragments for everybody, tinted by this sheet for one."""
    visitor = await house(request).sessions.visitor(request)
    css = house(request).renderer.me_css(visitor.actor.id, visitor.actor.name)
    return Response(
        css, media_type="text/css", headers={"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Cookie"}
    )
