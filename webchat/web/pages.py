"""The pages: each reads what it shows in one snapshot and draws it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import directs, names, people
from webchat.errors import SignInNeeded, sentence as _
from webchat.model import Actor, Guest, User
from webchat.store import Tx, notifications as stored_notifications, rooms as stored_rooms
from webchat.web.answers import fields, local_path, page, redirect, whole_number
from webchat.web.house import house
from webchat.web.language import LANGUAGES
from webchat.web.room_view import directory, message_page, room_page

INBOX = 100
"""Notifications on the inbox page."""


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


async def room_list(request: Request) -> Response:
    """The directory, and the sidebar of narrow screens."""
    visitor = await house(request).sessions.visitor(request)
    return await directory(request, visitor)


async def room(request: Request) -> Response:
    """One room: its newest messages, or those before, after or around a place; as a fragment for endless scrolling."""
    visitor = await house(request).sessions.visitor(request)
    return await room_page(request, visitor, request.path_params["slug"])


async def direct(request: Request) -> Response:
    """The room shared with one person; before it exists, the button that opens it."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to write to somebody."))
    me = visitor.user

    def find(tx: Tx) -> tuple[User, str]:
        other = directs.person(tx, request.path_params["name"])
        slug = directs.slug(me.id, other.id)
        return other, slug if stored_rooms.by_slug(tx, slug) else ""

    other, slug = await at.store.read(find)
    if slug:
        return await room_page(request, visitor, slug)
    return await page(request, "direct_start", visitor, lambda tx: {"person": other})


async def message(request: Request) -> Response:
    """A message's own page: the talk around it, and all that this reader may do with it."""
    visitor = await house(request).sessions.visitor(request)
    seq = whole_number(request.path_params["seq"])
    return await message_page(request, visitor, names.folded(request.path_params["slug"]), seq or 0)


async def inbox(request: Request) -> Response:
    """What one was told, newest first."""
    visitor = await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to see your inbox."))
    me = visitor.user
    return await page(
        request, "inbox", visitor, lambda tx: {"notifications": stored_notifications.newest(tx, me.id, INBOX)}
    )


async def settings(request: Request) -> Response:
    """Language and looks. The answer to the form is a cookie."""
    visitor = await house(request).sessions.visitor(request)
    if request.method == "GET":
        return await page(request, "settings", visitor, lambda tx: {})
    form = await fields(request)
    response = redirect(request, local_path(form.get("next", ""), "/settings"))
    for name, choices in (("lang", LANGUAGES), ("theme", ("light", "dark", "auto"))):
        if (value := form.get(name, "")) in choices:
            response.set_cookie(name, value, 365 * 86400, path=at_base(request), samesite="lax", httponly=True)
    return response


async def my_style(request: Request) -> Response:
    """What marks one's own messages: the same fragments for everybody, tinted by this sheet for one."""
    visitor = await house(request).sessions.visitor(request)
    css = house(request).renderer.me_css(visitor.actor.id, visitor.actor.name)
    return Response(
        css, media_type="text/css", headers={"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Cookie"}
    )


def links_of(tx: Tx, actor: Actor) -> list[Any]:
    """The rows of an actor's sidebar."""
    return stored_rooms.for_guests(tx) if isinstance(actor, Guest) else stored_rooms.sidebar(tx, actor.id)


def at_base(request: Request) -> str:
    """The path of the cookies."""
    return house(request).settings.base or "/"
