"""Who is asking: a session's cookie, a guest's cookie, or a stranger, who is a guest without a cookie."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from starlette.requests import HTTPConnection
from starlette.responses import Response

from webchat.chat import names, people
from webchat.model import Actor, Guest, User
from webchat.settings import Settings
from webchat.store import Store
from webchat.web.language import choose

GUEST_DAYS = 365
_TITLE = re.compile(r"[^\x00-\x1f\x7f-\x9f<>&\"']{1,40}")


class Visitor(NamedTuple):
    """An actor at a door. ``session`` is the stored hash of a user's session; ``known`` is False for a stranger."""

    actor: Actor
    session: str
    known: bool
    lang: str
    theme: str

    @property
    def user(self) -> User | None:
        """The user, if it is one."""
        return self.actor if isinstance(self.actor, User) else None


class Sessions:
    """Reads and writes the cookies. ``secret`` signs those of guests."""

    def __init__(self, store: Store, secret: bytes, settings: Settings) -> None:
        self._store = store
        self._secret = secret
        self._path = settings.base or "/"
        self._welcome = settings.open
        self._origins = settings.origins

    async def visitor(self, connection: HTTPConnection) -> Visitor:
        """Who is asking, and in which language."""
        cookies = connection.cookies
        lang = choose(cookies.get("lang", ""), connection.headers.get("accept-language", ""))
        theme = cookies.get("theme", "")
        theme = theme if theme in ("light", "dark") else ""
        if held := cookies.get(self._name(connection, "webchat"), ""):
            session = people.session_hash(held)
            if user := await self._store.read(lambda tx: people.signed_in(tx, session)):
                return Visitor(user, session, True, lang, theme)
        if guest := self._guest(cookies.get(self._name(connection, "webchat-guest"), "")):
            return Visitor(guest, "", True, lang, theme)
        return Visitor(self.stranger(), "", False, lang, theme)

    def stranger(self, title: str = "") -> Guest:
        """A new guest, called ``title`` or by a number."""
        key = secrets.token_urlsafe(16)
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % 9000 + 1000
        return Guest(key, title or f"Guest {number}", self._welcome)

    def sign_in(self, connection: HTTPConnection, response: Response, secret: str) -> None:
        """Give the browser its session's id."""
        self._set(connection, response, "webchat", secret, people.SESSION // 1000)
        self._drop(connection, response, "webchat-guest")

    def enter(self, connection: HTTPConnection, response: Response, guest: Guest) -> None:
        """Give the browser its guest's name and key."""
        held = f"{guest.key}.{base64.urlsafe_b64encode(guest.title.encode()).decode()}"
        self._set(connection, response, "webchat-guest", f"{held}.{self._sign(held)}", GUEST_DAYS * 86400)

    def sign_out(self, connection: HTTPConnection, response: Response) -> None:
        """Take the cookies away."""
        self._drop(connection, response, "webchat")
        self._drop(connection, response, "webchat-guest")

    def _guest(self, cookie: str) -> Guest | None:
        held, _dot, signature = cookie.rpartition(".")
        if not held or not hmac.compare_digest(signature.encode(), self._sign(held).encode()):
            return None
        key, _dot, title = held.partition(".")
        return Guest(key, base64.urlsafe_b64decode(title).decode(), self._welcome)

    def _sign(self, held: str) -> str:
        return hmac.new(self._secret, held.encode(), hashlib.sha256).hexdigest()

    def _set(self, connection: HTTPConnection, response: Response, name: str, value: str, age: int) -> None:
        secure = self._secure(connection)
        path = "/" if secure else self._path  # what __Host- asks for
        name = self._name(connection, name)
        response.set_cookie(name, value, age, path=path, secure=secure, httponly=True, samesite="lax")

    def _drop(self, connection: HTTPConnection, response: Response, name: str) -> None:
        self._set(connection, response, name, "", 0)

    def _name(self, connection: HTTPConnection, name: str) -> str:
        """Over TLS the cookie is bound to this host: browsers refuse ``__Host-`` from anywhere else."""
        return f"__Host-{name}" if self._secure(connection) else name

    def _secure(self, connection: HTTPConnection) -> bool:
        """Whether the browser speaks TLS: to us, or to the proxy whose https address is the only one of this host."""
        host = connection.headers.get("host", "")
        listed = f"https://{host}" in self._origins and f"http://{host}" not in self._origins
        return listed or connection.url.scheme in ("https", "wss")


def guest_title(text: str) -> str:
    """A guest's chosen name, or an empty string when it cannot be one."""
    text = " ".join(text.split())
    return text if _TITLE.fullmatch(text) and not names.INVISIBLE.search(text) else ""
