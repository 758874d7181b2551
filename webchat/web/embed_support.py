"""The support window of a site, in the pages of others: what a visitor asks first, the conversation that goes on,
earlier ones, and a copy of each to keep.

It is one visitor's own page, kept by no cache. Its forms come back to it, so that it works as any page does; a script
only makes it live.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat import commands as c
from webchat.chat import conversations, messages, names, people, sites, support
from webchat.errors import Conflict, Malformed, NotFound, Refused, TooFast, sentence as _
from webchat.model import Guest, Page, Site
from webchat.positions import Position
from webchat.store import Tx
from webchat.support import Conversation
from webchat.web import embed, embed_files, transcripts
from webchat.web.answers import fields, redirect
from webchat.web.audit import audited
from webchat.web.embed_view import who
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.may import room_may
from webchat.web.numbers import whole_number
from webchat.web.room_view import edge
from webchat.web.session import Visitor, guest_title
from webchat.web.surfaces import SUPPORT, home, spoken

SHOWN = 50
"""The newest messages, which the page holds."""
NO_SUPPORT = _("This site has no support window.")
ASKED = (c.BeginConversation, c.PostMessage, c.RateConversation)
"""What its forms may ask."""
SEND = "send-transcript"
"""And what is no command, since nothing is changed by it."""


BEGUN = "begun"
"""What the address says right after a first question: by then the browser says who asked, or keeps no cookie here."""


class Asked(NamedTuple):
    """One request for the window: of which site, which of a visitor's conversations, or a new one, whether a copy
    was sent just now, ``begun`` by whom (``mail`` if they left an address that is written to), and how it looks."""

    site: str
    talk: str
    new: bool
    sent: bool
    begun: str
    lang: str
    theme: str

    @property
    def slug(self) -> str:
        """The room of the conversation that is named."""
        return f"{names.folded(self.site)}.~{self.talk}"


async def script(request: Request) -> Response:
    """``/bubble.js``, the button that opens the window."""
    return house(request).renderer.assets.answer("embed/bubble.js", request, embed.SCRIPT)


async def window(request: Request) -> Response:
    """The window, or one conversation in it. A site without one may have a thread of that name."""
    at, asked = house(request), _asked(request)
    visitor = await at.sessions.visitor(request)
    if not await at.store.read(lambda tx: _has_one(tx, asked)):
        if asked.talk or request.method == "POST":
            raise NotFound(NO_SUPPORT)
        request.path_params["thread"] = "support"
        return await embed.thread(request)
    if request.method == "POST":
        return await _done(request, asked, visitor)
    if "hx-request" in request.headers and "files" in request.query_params:
        return embed_files.listed(request, asked.lang)
    if "hx-request" in request.headers and request.query_params.keys() & {"before", "after"}:
        return await _rows(request, asked, visitor)
    return await _page(request, asked, visitor)


def _asked(request: Request) -> Asked:
    where, query = request.path_params, request.query_params
    theme = query.get("theme", "")
    theme = theme if theme in embed.THEMES else ""
    begun = (query[BEGUN] or "guest") if BEGUN in query else ""
    return Asked(where["site"], where.get("talk", ""), "new" in query, "sent" in query, begun, spoken(request), theme)


def _look(request: Request, **more: str) -> str:
    """What of the address of a window says how it looks, for another one."""
    said = {name: text for name, text in request.query_params.items() if name in ("lang", "theme")} | more
    return f"?{urlencode(said)}" if said else ""


def _has_one(tx: Tx, asked: Asked) -> bool:
    return support.settings(tx, sites.found(tx, asked.site)).enabled


async def _page(
    request: Request, asked: Asked, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The window as its visitor finds it, also with an error at its form and the text kept."""
    at = house(request)
    try:
        site, context = await at.store.read(lambda tx: _read(tx, at, asked, visitor))
    except NotFound:  # who it was is somebody else by now
        return redirect(request, f"/embed/{quote(names.folded(asked.site))}/support{_look(request)}")
    here = quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else "")
    shown = {"here": here, "theme": asked.theme, "mode": "live", "sent": asked.sent}
    lost = "" if visitor.known else asked.begun
    shown |= {"lost": lost, "tab": _look(request), "letters": at.post is not None}
    name = "embed_support" if context["talk"] else "embed_support_start"
    html = at.renderer.page(name, asked.lang, **context, **shown, error=error, values=values or {})
    return HTMLResponse(html, status, embed.framed(site) | {"Cache-Control": "no-store"})


def _read(tx: Tx, at: House, asked: Asked, visitor: Visitor) -> tuple[Site, dict[str, Any]]:
    """What the window shows. Who says by more than a cookie who they are is shown all that they ever asked."""
    actor, site = visitor.actor, sites.found(tx, asked.site)
    verified = bool(actor.id) or getattr(actor, "vouched", False)
    talks = conversations.history(tx, actor, site) if visitor.known else []
    if asked.talk:
        talk: Conversation | None = conversations.found(tx, actor, asked.slug)[2]
    else:
        going_on = (one for one in talks if one.status != "resolved")
        talk = None if asked.new else next(going_on, next(iter(talks), None))
    desk = support.frame(tx, site)
    context = {
        "site": site,
        "desk": desk,
        "asks": desk.asks and not getattr(actor, "email", ""),
        "opens": 0 if desk.is_open else support.opens(tx, site),
        "here_now": [one for one in desk.agents if at.presence.state(one.id)],
        "me": actor,
        "who": who(actor, visitor.known),
        "talk": talk,
        "reaches": transcripts.reaches(at, actor),
        "earlier": [one for one in talks if verified and one != talk],
    }
    return site, context | (_talk(tx, at, visitor, talk) if talk else {})


def _talk(tx: Tx, at: House, visitor: Visitor, talk: Conversation) -> dict[str, Any]:
    room, member, _talk = conversations.found(tx, visitor.actor, talk.room)
    page = messages.run(tx, room, None, None, SHOWN)
    return {
        "room": room,
        "may": room_may(visitor.actor, room, member),
        "page": page,
        "at": str(Position(at.store.epoch, page.rev)),
        "home": home(SUPPORT, room.slug),
    }


async def _rows(request: Request, asked: Asked, visitor: Visitor) -> Response:
    """A run of older messages, for the list."""
    at, query = house(request), request.query_params
    before, after = (whole_number(query.get(name, "")) for name in ("before", "after"))

    def read(tx: Tx) -> Page:
        room = conversations.found(tx, visitor.actor, asked.slug)[0]
        return messages.run(tx, room, before, after, SHOWN)

    page = await at.store.read(read)
    shown = {"page": page, "at": str(Position(at.store.epoch, page.rev)), "home": home(SUPPORT, asked.slug)}
    rows = at.renderer.fragment("history", asked.lang, **shown, **edge(request))
    return HTMLResponse(rows, headers={"Cache-Control": "no-store"})


async def _done(request: Request, asked: Asked, visitor: Visitor) -> Response:
    """Do what a form of the window says, and show it again."""
    at, form = house(request), await fields(request)
    try:
        if form.get("do") == SEND:
            await transcripts.send(request, visitor.actor, names.folded(form.get("room", "")), asked.lang)
            return redirect(request, f"/embed/{quote(names.folded(asked.site))}/support?sent&lang={asked.lang}")
        command = c.parse(form)
        if not isinstance(command, ASKED):
            raise Malformed(_("That cannot be done here."))
        site = await at.store.read(lambda tx: sites.found(tx, asked.site))
        if isinstance(command, c.BeginConversation):
            visitor = await _entering(request, site, visitor, command)
        at.limits.ask(command, visitor.actor, network(peer(request)))
        await audited(visitor.actor, command, peer(request), at.chat.begin(visitor.actor, command, visitor.session))
    except Refused as refused:
        return await _refused(request, asked, visitor, form, refused)
    path = quote(request.scope["path"].removeprefix(at.settings.base))
    if isinstance(command, c.BeginConversation) and isinstance(visitor.actor, Guest) and not visitor.actor.vouched:
        by = "mail" if command.email and at.post is not None else "guest"
        response = redirect(request, path + _look(request, **{BEGUN: by}))
        at.sessions.sites.enter(request, response, site, visitor.actor)
        return response
    return redirect(request, path + _look(request))


async def _entering(request: Request, site: Site, visitor: Visitor, command: c.BeginConversation) -> Visitor:
    """Who says the first thing: a guest of the site from now on, called as they said if nobody else is called so."""
    at, guest = house(request), visitor.actor
    if command.site != site.name:
        raise Malformed(_("This form is for another site."))
    if not isinstance(guest, Guest) or guest.vouched:
        return visitor
    if not visitor.known or guest.site != site.id:
        at.limits.take("sign-in", network(peer(request)))
        guest = msgspec.structs.replace(at.sessions.stranger(), welcome=False, site=site.id)
    try:
        title = guest_title(command.name)
        await at.store.read(partial(people.check_free, title=title))
    except (Conflict, Malformed):
        title = ""
    return visitor._replace(actor=msgspec.structs.replace(guest, title=title or guest.title))


async def _refused(
    request: Request, asked: Asked, visitor: Visitor, form: Mapping[str, str], refused: Refused
) -> Response:
    why = house(request).renderer.translate(asked.lang, refused.sentence, refused.values)
    response = await _page(request, asked, visitor, refused.status, why, form)
    if isinstance(refused, TooFast) and refused.after:
        response.headers["Retry-After"] = str(refused.after)
    return response
