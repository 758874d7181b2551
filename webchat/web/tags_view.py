"""The page that makes what the owner of a site puts into a page, and shows at once how it will be there."""

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import names, sites, support
from webchat.errors import Malformed, sentence as _
from webchat.store import Tx
from webchat.web.admin_view import require_admin
from webchat.web.answers import origin, page
from webchat.web.embed import MODES, THEMES
from webchat.web.house import house
from webchat.web.language import LANGUAGES
from webchat.web.security import POLICY
from webchat.web.session import Visitor

FIELDS = ("kind", "room", "title", "theme", "lang", "accent", "height", "pinned")
KINDS = (*MODES, "bubble", "count")
TITLES = {"thread": _("Comments"), "live": _("Live chat"), "bubble": _("Write to us"), "count": _("comments")}
"""What stands inside unless the owner says otherwise."""
HEIGHTS = {"thread": 320, "live": 480}
"""Pixels that a page reserves for a thread, and those of a chat that scrolls inside."""
LOWEST, HIGHEST, LONGEST = 120, 2_000, 80
COLOR = re.compile(r"#[0-9a-f]{6}")
ROOM, SUPPORT = "post-1", "support"
DIGITS = re.compile(r"[0-9]{1,4}")

SCRIPT = Markup('<script type="module" async src="%s/embed.js"></script>')
PINNED = Markup('<script type="module" async crossorigin src="%s/embed-%s.js" integrity="%s"></script>')
"""The same for a page that loads this version of the script and no other."""

UNNAMED = _("The name of a thread has 1 to 64 letters, digits, _ and -.")
NO_COLOR = _("A colour is written as in #1a6a4c.")
NO_HEIGHT = _("The height is 120 to 2000 pixels.")
TOO_LONG = _("The title has at most 80 characters.")


class Tag(NamedTuple):
    """What was chosen; empty where the frame decides."""

    kind: str
    room: str
    title: str
    theme: str = ""
    lang: str = ""
    accent: str = ""
    height: int = 0

    @property
    def mode(self) -> str:
        """The attribute, which a thread does not need."""
        return "" if self.kind in ("thread", "count") else self.kind

    @property
    def style(self) -> str:
        """How the element stands in its page."""
        size = {"thread": "min-height", "live": "height"}.get(self.kind, "")
        said = [f"display: block; {size}: {self.height}px"] if size else []
        return "; ".join([*said, *([f"--wc-accent: {self.accent}"] if self.accent else [])])


def snippet(here: str, site: str, tag: Tag, pin: tuple[str, str] | None = None) -> str:
    """What puts ``tag`` for a site of the chat at ``here`` into a page: HTML of 2 to 4 lines. With ``pin``, the
    hash and digest of the script, the page loads this version of it and no other."""
    script = PINNED % (here, *pin) if pin else SCRIPT % here
    if tag.kind == "count":
        counted = Markup('<web-chat-count site="%s" room="%s"></web-chat-count> %s') % (site, tag.room, tag.title)
        return f"{script}\n{counted}"
    room, title = (SUPPORT, tag.title) if tag.kind == "bubble" else (tag.room, "")
    said = {
        "site": site, "room": "" if title else room, "mode": tag.mode, "theme": tag.theme, "lang": tag.lang,
        "title": title, "style": tag.style,
    }  # fmt: skip
    attributes = Markup().join(Markup(' %s="%s"') % (name, value) for name, value in said.items() if value)
    link = Markup('<a href="%s/embed/%s/%s">%s</a>') % (here, site, room, tag.title)
    return f"{script}\n<web-chat{attributes}>\n  {link}\n</web-chat>"


def usual(kind: str, translate: Callable[[str], str]) -> Tag:
    """The tag of a kind that says no more than it must."""
    return Tag(kind, ROOM, translate(TITLES[kind]), height=HEIGHTS.get(kind, 0))


def chosen(asked: Mapping[str, str], translate: Callable[[str], str]) -> Tag:
    """The tag that a form with `FIELDS` asks for; what is not known there is the usual.

    Raises:
        Malformed: the thread cannot be called so, or a colour, a height or a title is none.
    """
    kind = one_of(KINDS, asked["kind"]) or KINDS[0]
    room = names.folded(asked["room"] or ROOM)
    accent, height = asked["accent"].strip().lower(), asked["height"].strip()
    title = " ".join(asked["title"].split())
    if not names.is_slug(room):
        raise Malformed(UNNAMED)
    if accent and not COLOR.fullmatch(accent):
        raise Malformed(NO_COLOR)
    if height and not (DIGITS.fullmatch(height) and LOWEST <= int(height) <= HIGHEST):
        raise Malformed(NO_HEIGHT)
    if len(title) > LONGEST:
        raise Malformed(TOO_LONG)
    tag = usual(kind, translate)
    return tag._replace(
        room=room, title=title or tag.title, theme=one_of(THEMES, asked["theme"]),
        lang=one_of(LANGUAGES, asked["lang"]), accent=accent if kind != "count" else "",
        height=int(height or tag.height) if kind in HEIGHTS else 0,
    )  # fmt: skip


def one_of(known: Container[str], word: str) -> str:
    """``word`` if it is known."""
    return word if word in known else ""


async def tag_page(request: Request, visitor: Visitor, name: str) -> Response:
    """The form, what to put into a page, and how it looks; nothing of that where something cannot be so."""
    require_admin(visitor)
    at, asked = house(request), {field: request.query_params.get(field, "") for field in FIELDS}
    here, renderer = origin(request) + at.settings.base, at.renderer
    pin = renderer.assets.pin("embed/embed.js") if asked["pinned"] else None
    tag, error = None, ""
    try:
        tag = chosen(asked, lambda sentence: renderer.translate(visitor.lang, sentence, {}))
    except Malformed as refused:
        error = renderer.translate(visitor.lang, refused.sentence, refused.values)

    def read(tx: Tx) -> dict[str, Any]:
        site = sites.found(tx, name)
        lines = snippet(here, site.name, tag, pin) if tag else ""
        return {"site": site, "snippet": lines, "answered": support.settings(tx, site).enabled}

    more = {"tag": tag, "asked": asked, "first": ROOM, "error": error}
    drawn = await page(request, "tag", visitor, read, 400 if error else 200, **more)
    drawn.headers["Content-Security-Policy"] = POLICY + "; frame-src 'self'"
    return drawn
