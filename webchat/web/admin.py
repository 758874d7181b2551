"""The admin's pages."""

from starlette.requests import Request
from starlette.responses import Response

from webchat.web import admin_view, bots_view, sites_view, tags_view
from webchat.web.house import house


async def home(request: Request) -> Response:
    """What there is to look after."""
    return await admin_view.overview(request, await house(request).sessions.visitor(request))


async def users(request: Request) -> Response:
    """The accounts."""
    return await admin_view.user_list(request, await house(request).sessions.visitor(request))


async def user(request: Request) -> Response:
    """One account."""
    visitor = await house(request).sessions.visitor(request)
    return await admin_view.user_page(request, visitor, request.path_params["name"])


async def invitations(request: Request) -> Response:
    """The links that let people in."""
    return await admin_view.invitation_page(request, await house(request).sessions.visitor(request))


async def tokens(request: Request) -> Response:
    """What programs show instead of a session."""
    return await admin_view.token_page(request, await house(request).sessions.visitor(request))


async def bots(request: Request) -> Response:
    """The bots, and the form that makes one."""
    return await bots_view.bot_list(request, await house(request).sessions.visitor(request))


async def bot(request: Request) -> Response:
    """One bot, and what programs are tied to it by."""
    visitor = await house(request).sessions.visitor(request)
    return await bots_view.bot_page(request, visitor, request.path_params["name"])


async def sites(request: Request) -> Response:
    """Other people's sites that have threads of ours."""
    return await sites_view.site_list(request, await house(request).sessions.visitor(request))


async def site(request: Request) -> Response:
    """One of them."""
    visitor = await house(request).sessions.visitor(request)
    return await sites_view.site_page(request, visitor, request.path_params["name"])


async def tag(request: Request) -> Response:
    """What puts threads of one of them into its pages."""
    visitor = await house(request).sessions.visitor(request)
    return await tags_view.tag_page(request, visitor, request.path_params["name"])


async def log(request: Request) -> Response:
    """What moderators did."""
    return await admin_view.log_page(request, await house(request).sessions.visitor(request))


async def place(request: Request) -> Response:
    """The settings of the whole place."""
    return await admin_view.place_page(request, await house(request).sessions.visitor(request))
