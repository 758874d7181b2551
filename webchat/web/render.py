"""All HTML: pages, fragments and what is pushed. Nothing here reads the store; only whole pages know who reads.

A thing has one macro, whose markup is the same in the page and in every frame; rendered messages are kept, so that a
message costs one render a language, however many read it or come back for it.
"""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, get_args

import msgspec
from jinja2 import PackageLoader, StrictUndefined
from markupsafe import Markup

from webchat import events, listed
from webchat.chat.attachments import plain
from webchat.flying import FlightEvent
from webchat.model import VOTE, Message, Page, State
from webchat.notices import Tally
from webchat.notified import NoticeEvent
from webchat.pacing import PaceChanged
from webchat.pinned import PinChanged
from webchat.queued import HeldChanged, QueueEvent, ReactionsSeen
from webchat.support import ConversationChanged, SeenMoved, StatusChanged
from webchat.viewing import ViewersChanged
from webchat.web.assets import Assets, installed
from webchat.web.avatars import hue, initials, url as avatar_url
from webchat.web.compiled import COMPILED, Templates
from webchat.web.data import data_of
from webchat.web.devices import browser, system
from webchat.web.language import LANGUAGES, NAMES, catalogue, isolated, sentences
from webchat.web.links import rooted
from webchat.web.qr import qr
from webchat.web.surfaces import ALL, LIVE, SUPPORT, WIDGET, home, is_framed

KEPT, LONGEST_KEPT = 2_048, 8_192
"""Rendered messages that are kept, if they are not very long."""
NOTHING: dict[str, Any] = {
    "me": None, "place": "webchat", "badge": Tally(), "rooms": (), "directs": (), "top": 0, "signed_in": False,
    "path": "", "theme": "", "at": "", "error": "", "values": {}, "people": (), "members": (), "around": None,
    "near": None, "page": None, "link": None, "seen": 0, "guests": False, "guest_name": "", "here": 0, "open": False,
    "member_count": 0, "note": "", "secret": "", "new": None, "may_sign_up": False, "sessions": (), "changed": False,
    "wrong": "", "unheard": "", "unerased": "", "levels": {}, "quiet": None, "away": False, "live": True, "earlier": 0,
    "push_key": "", "pushed": None, "desks": (), "tried": "", "mail": None, "mail_after": 0, "mails": False,
    "answering": None, "pinned": None, "banned": None, "reported": "", "editing": False,
}  # fmt: skip
"""What a page is given unless the door says otherwise."""

DRAWN: Mapping[type[Any], str] = {
    kind: re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    for kind in (
        events.AwayChanged,
        events.RoomJoined,
        events.RoomOpened,
        events.RoomRelisted,
        events.RoomRoleSet,
        events.RoomEdited,
        events.RoomArchived,
        listed.DirectoryChanged,
        events.RoomLeft,
        events.ProfileChanged,
        events.RoleChanged,
        *get_args(NoticeEvent | QueueEvent),
        ConversationChanged,
        events.UserPresenceChanged,
        events.TypingChanged,
        PinChanged,
    )
}
"""The fragments of events without position: ``RoomJoined`` is drawn by ``fragments/room_joined.html``."""

FRAMED: Mapping[type[Any], str] = {
    events.AwayChanged: "away_changed", events.RoomEdited: "widget_edited", HeldChanged: "held_changed",
    PaceChanged: "pace_changed", PinChanged: "pin_changed", events.TypingChanged: "typing_changed",
    ReactionsSeen: "reactions_seen",
}  # fmt: skip
"""The same for frames in the pages of others, which show no more than what is said."""
TALKS: Mapping[type[Any], str] = {
    events.AwayChanged: "away_changed", events.TypingChanged: "typing_changed",
    StatusChanged: "talk_status", SeenMoved: "talk_seen",
}  # fmt: skip
"""The same for conversations with a site's support, as their visitors see them."""
BESIDE: Mapping[type[Any], str] = {**FRAMED, ViewersChanged: "viewers_changed"}
SURFACES: Mapping[str, Mapping[type[Any], str]] = {WIDGET: FRAMED, LIVE: BESIDE, ALL: BESIDE, SUPPORT: TALKS}
GREETINGS = frozenset({events.RoomEdited, PinChanged})
"""What of a room each who comes is told."""
_ROWS = Markup("\0")


class Renderer:
    """Templates in every language. ``renders`` counts how often a message was really rendered."""

    def __init__(self, base: str = "", assets: Assets | None = None, file_limit: int = 0) -> None:
        self.base = base
        self._file_limit = file_limit
        self.assets = assets or installed(base)
        self.renders = 0
        self.presence: Callable[[int], State] = lambda user: ""  # who is here is known once the server runs
        self._catalogues = {lang: catalogue(lang) for lang in LANGUAGES}
        self._environments = {lang: self._environment(lang) for lang in LANGUAGES}
        self._macros = {lang: self._module(lang, "message") for lang in LANGUAGES}
        self._posted = {lang: self.fragment("message_posted", lang, rows=_ROWS).split(_ROWS) for lang in LANGUAGES}
        self._present = lru_cache(64)(self._people)
        self.greeting = lru_cache(256)(self.fragment)
        """A fragment that each who comes is told alike, which is kept: of thousands that come at once all are."""
        self._kept: OrderedDict[tuple[int, int, bool, str], Markup] = OrderedDict()

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
        return text % isolated(values) if values else text

    def asset(self, path: str) -> str:
        """The url of a static file, which changes when its content does."""
        return self.assets.url(path)

    def message(self, lang: str, message: Message) -> Markup:
        """A message's row: the very same bytes wherever it is shown."""
        key = (message.id, message.rev, message.continues, lang)
        if message.id and (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        self.renders += 1
        if self.base:
            message = msgspec.structs.replace(message, html=rooted(self.base, message.html))
        row: Markup = self._macros[lang].message(message)
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
        parts = [before, *(self.message(lang, m) for m in posted), after] if posted else []
        for m in messages:
            if m.born <= since and m.said > since:
                name = "message_deleted" if m.deleted else "message_edited"
                parts.append(self.fragment(name, lang, message=m, row=self.message(lang, m)))
            elif m.born <= since:
                parts.append(self.fragment("reactions_changed", lang, message=m))
        return "".join(parts)

    def reset(self, view: str, room: str, page: Page) -> str:
        """The whole list anew, for a reader who was away too long."""
        return self.fragment("reset", _lang(view), home=home(view, room), page=page, at="")

    def news(self, view: str, event: events.Event) -> tuple[str, ...]:
        """The texts for an event without position, its fragment and its data; none if this view does not show it."""
        lang = _lang(view)
        name = SURFACES.get(view.partition(".")[0], DRAWN).get(type(event))
        if isinstance(event, events.PresenceChanged) and not is_framed(view):
            return (self._present(lang, event, tuple([self.presence(person.id) for person in event.people])),)
        draw = self.greeting if type(event) in GREETINGS else self.fragment
        drawn = (draw(name, lang, event=event),) if name else ()
        data = data_of(event) if isinstance(event, FlightEvent) or not is_framed(view) else {}
        return (*drawn, _json(data)) if data else drawn

    def me_css(self, user_id: int, name: str) -> str:
        """The style sheet that shows one reader what is hers. It needs no secret: it only knows her number."""
        named = f'a[href="{self.base}/direct/{name}"]'
        return (
            f'@layer views {{\n  #log > [data-by="{user_id:d}"] {{ --tint: var(--own); }}\n'
            f'  #log [data-u~="{user_id:d}"] {{ --chip-mark: 2px; --chip: var(--accent-soft);'
            f" --chip-line: var(--accent-line); }}\n"
            f'  #typing [data-u="{user_id:d}"] {{ display: none; }}\n'
            f"  #log > :has(> div {named}) {{ --tint: var(--accent-soft); --bar: var(--accent); }}\n"
            f"  #log {named} {{ --named: var(--accent); --named-ink: var(--on-accent); }}\n}}\n"
        )

    def _people(self, lang: str, event: events.PresenceChanged, _states: tuple[State, ...]) -> str:
        """Who is here; it is the same again while they are the same and in the same states."""
        return self.fragment("presence_changed", lang, event=event)

    def _module(self, lang: str, name: str) -> Any:
        return self._environments[lang].get_template(f"macros/{name}.html").module

    def _environment(self, lang: str) -> Templates:
        environment = Templates(
            loader=PackageLoader("webchat"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=COMPILED,
        )
        environment.filters.update(iso=iso, utc=utc, initials=initials, browser=browser, system=system)
        environment.filters.update(plain=plain, text=_text)
        environment.globals.update(
            base=self.base,
            asset=self.asset,
            assets_hash=self.assets.hash,
            file_limit=self._file_limit,
            lang=lang,
            languages=NAMES,
            draw=lambda message: self.message(lang, message),
            placeholder=placeholder,
            vote=VOTE,
            hue=hue,
            presence=lambda user: self.presence(user),
            qr=qr,
            avatar_url=partial(avatar_url, self.base),
            rooted=partial(rooted, self.base),
            **sentences(self._catalogues[lang]),
        )
        icons, kept = (environment.get_template(f"macros/{name}.html").module for name in ("icon", "kept"))
        for name in ("said_by", "said_at"):  # a text and a Markup are equal, and not said alike
            environment.filters[name] = lru_cache(KEPT, typed=True)(getattr(kept, name))
        environment.globals["icon"] = cache(icons.icon)  # type: ignore[attr-defined]
        return environment


def placeholder(room: str, author: Mapping[str, Any]) -> Message:
    """A message that is not there yet: what the browser fills in and shows until the real one arrives."""
    return Message(0, room, 0, 0, 0, 0, author["id"], author["title"], "", "", 0)


def _text(message: Message) -> Markup:
    """What a message says, which was sanitised: see `webchat.chat.text`."""
    return Markup(message.html)  # noqa: S704 - as it was when it was stored


def fresh_cid() -> str:
    """An id for one command of one form."""
    return secrets.token_urlsafe(16)


def iso(at: int) -> str:
    """A time for machines: ``2026-11-20T10:04:05Z``."""
    day, _space, clock = _moment(at // 1000).partition(" ")
    return f"{day}T{clock}Z"


def utc(at: int) -> str:
    """A time for people before the script makes it theirs: ``2026-11-20 10:04 UTC``."""
    return f"{_moment(at // 1000)[:-3]} UTC"


@lru_cache(1024)
def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def _lang(view: str) -> str:
    return view.rpartition(".")[2]


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
