"""Who is asking: a session's cookie, a guest's cookie, or a stranger, who is a guest without a cookie."""

import base64
import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from typing import NamedTuple

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from webchat.chat import names, sessions, tokens
from webchat.commands import clean
from webchat.errors import Unavailable
from webchat.model import Actor, Guest, User
from webchat.settings import Settings
from webchat.store import ASIDE, Store, sites
from webchat.web.language import choose
from webchat.web.limits import network
from webchat.web.security import bearer, is_secure, peer
from webchat.web.site_cookies import SiteCookies, in_frame, site_asked

GUEST_DAYS = 365
_TITLE = re.compile(r"[^\x00-\x1f\x7f-\x9f<>&\"']{1,40}")


class Visitor(NamedTuple):
    """An actor at a door. ``session`` is the stored hash of a user's session, or token; ``known`` is False for a
    stranger. ``site`` is the name of the site in whose thread something is asked, or empty."""

    actor: Actor
    session: str
    known: bool
    lang: str
    theme: str
    site: str = ""

    @property
    def user(self) -> User | None:
        """The user, if it is one."""
        return self.actor if isinstance(self.actor, User) else None


class Sessions:
    """Reads and writes the cookies. ``secret`` signs those of guests; ``sites`` are those that count at one site."""

    def __init__(self, store: Store, secret: bytes, settings: Settings) -> None:
        self._store = store
        self._secret = secret
        self._path = settings.base or "/"
        self._welcome = settings.open
        self.sites = SiteCookies(store, secret, self._path)

    async def visitor(self, connection: HTTPConnection, room: str = "") -> Visitor:
        """See `_visitor`; a guest also says from which network."""
        found = await self._visitor(connection, room)
        if not isinstance(found.actor, Guest):
            return found
        return found._replace(actor=msgspec.structs.replace(found.actor, network=network(peer(connection))))

    async def _visitor(self, connection: HTTPConnection, room: str) -> Visitor:
        """Who is asking, and in which language. Pages are for browsers: there, who shows a token is a stranger.

        In the threads of a site somebody may be known whom nobody knows elsewhere: in its frames before all, elsewhere
        unless signed in. ``room`` is what a form is about.
        """
        cookies = connection.cookies if bearer(connection.headers) is None else {}
        lang = choose(cookies.get("lang", ""), connection.headers.get("accept-language", ""))
        theme = cookies.get("theme", "")
        theme = theme if theme in ("light", "dark") else ""
        site = site_asked(connection, room)
        framed = bool(site) and in_frame(connection)
        there = await self.sites.read(connection, cookies, site) if site else None
        if there and framed:
            return Visitor(*there, True, lang, theme, site)
        if held := cookies.get(self._name(connection, "webchat"), ""):
            session = sessions.hashed(held)
            if user := await self._user(session):
                return Visitor(user, session, True, lang, theme)
        if there:
            return Visitor(*there, True, lang, theme, site)
        if not framed and (guest := self._guest(cookies.get(self._name(connection, "webchat-guest"), ""))):
            return Visitor(guest, "", True, lang, theme)
        return Visitor(self.stranger(), "", False, lang, theme, site if framed else "")

    async def account(self, connection: HTTPConnection) -> Visitor | None:
        """Who is signed in here, wherever it is asked; None for anybody else."""
        session = sessions.hashed(connection.cookies.get(self._name(connection, "webchat"), ""))
        user = await self._user(session) if bearer(connection.headers) is None else None
        if user is None:
            return None
        return (await self.visitor(connection))._replace(actor=user, session=session, known=True, site="")

    async def speaker(self, connection: HTTPConnection, room: str = "") -> Visitor:
        """Who is asking where programs may too: by their token, and then by nothing else.

        Raises:
            SignInNeeded: the token is not valid.
        """
        visitor = await self.visitor(connection, room)
        secret = bearer(connection.headers)
        if secret is None:
            return visitor
        token, due = await self._store.read(lambda tx: tokens.live(tx, secret))
        if due:
            await self._store.write(lambda tx: tokens.note_use(tx, secret), reach=ASIDE)
        return Visitor(token.user, tokens.hashed(secret), True, visitor.lang, "")

    def stranger(self, title: str = "") -> Guest:
        """A new guest, called ``title`` or by a number."""
        key = secrets.token_urlsafe(16)
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % 9000 + 1000
        return Guest(key, title or f"Guest {number}", self._welcome)

    def sign_in(self, connection: HTTPConnection, response: Response, secret: str) -> None:
        """Give the browser its session's id."""
        self._set(connection, response, "webchat", secret, sessions.LONGEST // 1000)
        self._drop(connection, response, "webchat-guest")

    def enter(self, connection: HTTPConnection, response: Response, guest: Guest) -> None:
        """Give the browser its guest's name and key."""
        held = f"{guest.key}.{base64.urlsafe_b64encode(guest.title.encode()).decode()}"
        self._set(connection, response, "webchat-guest", f"{held}.{self._sign(held)}", GUEST_DAYS * 86400)

    async def keep(self, connection: HTTPConnection, response: Response, visitor: Visitor) -> None:
        """Let a stranger, who has written something now, stay the guest that they were then."""
        assert isinstance(visitor.actor, Guest), "who has an account is no stranger"
        if not visitor.site:
            self.enter(connection, response, visitor.actor)
        elif site := await self._store.read(lambda tx: sites.by_name(tx, visitor.site)):
            self.sites.enter(connection, response, site, msgspec.structs.replace(visitor.actor, site=site.id))

    def sign_out(self, connection: HTTPConnection, response: Response) -> None:
        """Take the cookies away."""
        self._drop(connection, response, "webchat")
        self._drop(connection, response, "webchat-guest")

    async def _user(self, session: str) -> User | None:
        found = await self._store.read(lambda tx: sessions.visit(tx, session))
        if found is None:
            return None
        user, due = found
        if due:
            with suppress(Unavailable):  # to look around needs nothing written
                await self._store.write(lambda tx: sessions.note_use(tx, [session]), reach=ASIDE)
        return user

    def _guest(self, cookie: str) -> Guest | None:
        held, _dot, signature = cookie.rpartition(".")
        if not held or not hmac.compare_digest(signature.encode(), self._sign(held).encode()):
            return None
        key, _dot, title = held.partition(".")
        return Guest(key, base64.urlsafe_b64decode(title).decode(), self._welcome)

    def _sign(self, held: str) -> str:
        return hmac.new(self._secret, held.encode(), hashlib.sha256).hexdigest()

    def _set(self, connection: HTTPConnection, response: Response, name: str, value: str, age: int) -> None:
        secure = is_secure(connection.scope)
        path = "/" if secure else self._path  # what __Host- asks for
        name = self._name(connection, name)
        response.set_cookie(name, value, age, path=path, secure=secure, httponly=True, samesite="lax")

    def _drop(self, connection: HTTPConnection, response: Response, name: str) -> None:
        self._set(connection, response, name, "", 0)

    def _name(self, connection: HTTPConnection, name: str) -> str:
        """Over TLS the cookie is bound to this host: browsers refuse ``__Host-`` from anywhere else."""
        return f"__Host-{name}" if is_secure(connection.scope) else name


def device(connection: HTTPConnection) -> sessions.Device:
    """What a sign-in is remembered by."""
    return sessions.Device(connection.headers.get("user-agent", ""), network(peer(connection)))


def guest_title(text: str) -> str:
    """A guest's chosen name, or an empty string when it cannot be one. Raises Malformed for a heap of marks."""
    text = " ".join(clean(text).split())
    return text if _TITLE.fullmatch(text) and not names.INVISIBLE.search(text) else ""
