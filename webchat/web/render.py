"""All HTML: pages, fragments and what is pushed. Nothing here reads the store; only whole pages know who reads.

A thing has one macro, whose markup is the same in the page and in every frame; rendered messages are kept, so that a
message costs one render a language, however many read it or come back for it.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zlib import crc32

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from webchat import events
from webchat.model import Message, Page
from webchat.web.assets import Assets
from webchat.web.language import LANGUAGES, NAMES, Catalogue, catalogue
from webchat.web.qr import qr

KEPT = 2_048
"""Rendered messages that are kept, if they are not very long."""
LONGEST_KEPT = 8_192
NOTHING: dict[str, Any] = {
    "me": None, "place": "webchat", "badge": 0, "rooms": (), "directs": (), "top_n": 0, "signed_in": False, "path": "",
    "theme": "", "at": "", "error": "", "values": {}, "people": (), "members": (), "around": None, "page": None,
    "link": None, "guests": False, "guest_name": "", "here": 0, "open": False,
}  # fmt: skip
"""What a page is given unless the door says otherwise."""


_ROWS = Markup("\0")


class Renderer:
    """Templates in every language. ``renders`` counts how often a message was really rendered."""

    def __init__(self, base: str = "", assets: Assets | None = None) -> None:
        self.base = base
        self.assets = assets or Assets(base)
        self.renders = 0
        self._catalogues = {lang: catalogue(lang) for lang in LANGUAGES}
        self._environments = {lang: self._environment(lang) for lang in LANGUAGES}
        self._macros = {lang: self._module(lang, "message") for lang in LANGUAGES}
        self._posted = {lang: self.fragment("message_posted", lang, rows=_ROWS).split(_ROWS) for lang in LANGUAGES}
        self._kept: OrderedDict[tuple[int, int, str], Markup] = OrderedDict()

    def page(self, name: str, lang: str, **context: object) -> str:
        """A whole page."""
        template = self._environments[lang].get_template(f"pages/{name}.html")
        return template.render({**NOTHING, "cid": fresh_cid, **context})

    def fragment(self, name: str, lang: str, **context: object) -> str:
        """A part of a page, in the envelope that says where it goes."""
        template = self._environments[lang].get_template(f"fragments/{name}.html")
        return template.render({"cid": fresh_cid, **context})

    def translate(self, lang: str, sentence: str, values: Mapping[str, object]) -> str:
        """A sentence in the reader's language with its places filled."""
        text = self._catalogues[lang].gettext(sentence)
        return text % values if values else text

    def asset(self, path: str) -> str:
        """The url of a static file, which changes when its content does."""
        return self.assets.url(path)

    def message(self, lang: str, message: Message) -> Markup:
        """A message's row: the very same bytes wherever it is shown."""
        key = (message.id, message.rev, lang)
        if message.id and (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        self.renders += 1
        row = Markup(self._macros[lang].message(message))  # noqa: S704 - what an autoescaping macro made
        if message.id and len(row) <= LONGEST_KEPT:
            self._kept[key] = row
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return row

    def changes(self, view: str, messages: Sequence[Message], since: int) -> str:
        """What a reader who has seen everything up to ``since`` needs of these messages, as one text.

        A message that is new to the reader goes to the list as it stands now, whatever happened to it since it was
        posted: htmx finds all places of a text before it puts anything there, so an edit of it would find nothing.
        """
        lang = _lang(view)
        before, after = self._posted[lang]
        posted = sorted((m for m in messages if m.born > since), key=lambda m: m.seq)
        parts = []
        if posted:
            parts += [before, *(self.message(lang, m) for m in posted), after]
        for m in messages:
            if m.born <= since and m.said > since:
                name = "message_deleted" if m.deleted else "message_edited"
                parts.append(self.fragment(name, lang, message=m, row=self.message(lang, m)))
            elif m.born <= since:
                parts.append(self.fragment("reactions_changed", lang, message=m))
        return "".join(parts)

    def reset(self, view: str, room: str, page: Page) -> str:
        """The whole list anew, for a reader who was away too long."""
        return self.fragment("reset", _lang(view), room=room, page=page, at="")

    def news(self, view: str, event: events.Event) -> tuple[str, ...]:
        """The texts for an event without position; none if this view does not show it."""
        match event:
            case events.ReadMoved():
                return (_json({"read": {str(event.room): event.seq}}),)
            case events.TopsMoved():
                return (_json({"top": {str(room): seq for room, seq in event.tops.items()}}),)
            case events.NotificationsRead():
                return self._news(view, "notifications_read", event), _json({"seen": event.upto})
            case events.RoomJoined():
                return (self._news(view, "room_joined", event),)
            case events.RoomOpened():
                return (self._news(view, "room_opened", event),)
            case events.RoomLeft():
                return (self._news(view, "room_left", event),)
            case events.NotificationSent():
                return (self._news(view, "notification_sent", event),)
            case events.PresenceChanged():
                return (self._news(view, "presence_changed", event),)
            case events.TypingChanged():
                return (self._news(view, "typing_changed", event),)
            case _:
                return ()

    def me_css(self, user_id: int, name: str) -> str:
        """The style sheet that shows one reader what is hers. It needs no secret: it only knows her number."""
        return (
            f"@layer views {{\n"
            f'  #log > [data-by="{user_id:d}"] {{ --tint: var(--own); }}\n'
            f'  #log [data-u~="{user_id:d}"] {{ --chip: var(--accent-soft); --chip-line: var(--accent-line); }}\n'
            f'  #typing [data-u="{user_id:d}"] {{ display: none; }}\n}}\n'
        )

    def _news(self, view: str, name: str, event: events.Event) -> str:
        return self.fragment(name, _lang(view), event=event)

    def _module(self, lang: str, name: str) -> Any:
        return self._environments[lang].get_template(f"macros/{name}.html").module

    def _environment(self, lang: str) -> Environment:
        environment = Environment(
            loader=PackageLoader("webchat"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.filters.update(iso=iso, utc=utc, initials=initials)
        environment.globals.update(
            base=self.base,
            asset=self.asset,
            assets_hash=self.assets.hash,
            lang=lang,
            languages=NAMES,
            draw=lambda message: self.message(lang, message),
            placeholder=placeholder,
            hue=hue,
            qr=qr,
            **_sentences(self._catalogues[lang]),
        )
        icons = environment.get_template("macros/icon.html").module
        environment.globals["icon"] = cache(icons.icon)  # type: ignore[attr-defined]
        return environment


def _sentences(texts: Catalogue) -> dict[str, Callable[..., Markup]]:
    """What templates call to speak. Sentences are ours and may hold markup; the values put into them are escaped.

    The same as Jinja's own extension does, at a tenth of its time: a page has eighty sentences.
    """

    @cache
    def plain(sentence: str) -> Markup:
        return Markup(texts.gettext(sentence)) % {}  # noqa: S704 - a sentence of ours

    def gettext(sentence: str, **values: object) -> Markup:
        return Markup(texts.gettext(sentence)) % values if values else plain(sentence)  # noqa: S704 - a sentence of ours

    def ngettext(one: str, many: str, n: int) -> Markup:
        return Markup(texts.ngettext(one, many, n)) % {"num": n}  # noqa: S704 - a sentence of ours

    return {"_": gettext, "gettext": gettext, "ngettext": ngettext}


def placeholder(room: str, author: Mapping[str, Any]) -> Message:
    """A message that is not there yet: what the browser fills in and shows until the real one arrives."""
    return Message(0, room, 0, 0, 0, 0, author["id"], author["title"], "", "", 0)


def fresh_cid() -> str:
    """An id for one command of one form."""
    return secrets.token_urlsafe(16)


def iso(at: int) -> str:
    """A time for machines: ``2026-11-20T10:04:05Z``."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(at: int) -> str:
    """A time for people before the script makes it theirs: ``2026-11-20 10:04 UTC``."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def hue(author: int, title: str) -> int:
    """One of eight colours for an author: by the account, or by the name that a guest gave."""
    return author % 8 if author else crc32(title.encode()) % 8


def initials(title: str) -> str:
    """One or two letters for an avatar: of the first two words, or the first sign of a name in Chinese."""
    words = [word for word in title.replace("-", " ").replace("_", " ").split() if word[0].isalnum()]
    letters = [word[0] for word in words[: 2 if title.isascii() else 1]]
    return "".join(letters).upper() or title[:1]


def _lang(view: str) -> str:
    return view.rpartition(".")[2]


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
