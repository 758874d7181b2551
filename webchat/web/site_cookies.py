"""The cookie by which somebody is known in the threads of one site, in that site's pages, and nowhere else.

There is one a site, and in browsers one more for each site whose pages the frames are in (``Partitioned``), since to
such a page our frame is a third party. It holds one of three: a guest, a user of the site as the site said, or the id
of a session. The first two are signed, so that nobody can be somebody else.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from webchat.chat import identities, names, sessions
from webchat.chat.clock import DAY, now
from webchat.errors import Unavailable
from webchat.model import Actor, Guest, Site
from webchat.store import ASIDE, Store, Tx, sites
from webchat.web.security import is_loopback, is_secure
from webchat.web.surfaces import FRAMES

GUEST, HOST, USER = "guest", "host", "user"
DAYS = {GUEST: 365, HOST: identities.KNOWN // DAY, USER: sessions.LONGEST // DAY}
"""How long a browser keeps each kind."""
APART = "-apart"
"""How the name of the second cookie ends that is set without TLS on the machine of who tries it."""
LISTENING = frozenset({"/socket", "/stream", "/poll"})
"""The doors whose address says which room is listened to."""


class Known(NamedTuple):
    """Who somebody is, and the credential that speaks for them; empty for a guest."""

    actor: Actor
    credential: str


class SiteCookies:
    """Reads and writes them. ``secret`` is the server's."""

    def __init__(self, store: Store, secret: bytes, path: str) -> None:
        self._store = store
        self._path = path
        # Keys of their own, so that nothing that is signed for one purpose can be shown for another.
        self._signing = hmac.digest(secret, b"the cookies of sites", "sha256")
        self._secret = secret

    async def read(self, connection: HTTPConnection, cookies: Mapping[str, str], site: str) -> Known | None:
        """Who this browser is at a site, if it says so rightly."""
        name = _name(connection, site)
        value = cookies.get(name, "") or cookies.get(f"{name}{APART}", "")
        if not value:
            return None
        known, used = await self._store.read(lambda tx: self._known(tx, site, value))
        if used:
            with suppress(Unavailable):  # to look around needs nothing written
                await self._store.write(lambda tx: sessions.note_use(tx, used), reach=ASIDE)
        return known

    def person(self, site: Site, sub: str, title: str, email: str = "") -> Guest:
        """A site's user: the same one on every device, and nobody else's key."""
        key = identities.key(self._secret, site, sub)
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % 9000 + 1000
        return Guest(key, title or f"Guest {number}", site=site.id, vouched=True, email=email)

    def enter(self, connection: HTTPConnection, response: Response, site: Site, guest: Guest) -> None:
        """Give the browser a guest of the site, or one of its users."""
        called = f"{guest.title}\n{guest.email}" if guest.email else guest.title
        held = f"{guest.key}.{_coded(called.encode())}"
        if guest.vouched:
            held = f"{HOST}.{held}.{identities.credential(site, now() + identities.KNOWN)}"
        else:
            held = f"{GUEST}.{held}"
        self._set(connection, response, site.name, f"{held}.{self._sign(site, held)}", DAYS[held.partition(".")[0]])

    def sign_in(self, connection: HTTPConnection, response: Response, site: Site, secret: str) -> None:
        """Give the browser the id of a session at the site."""
        self._set(connection, response, site.name, f"{USER}.{secret}", DAYS[USER])

    def leave(self, connection: HTTPConnection, response: Response, site: Site) -> None:
        """Take the cookie away."""
        self._set(connection, response, site.name, "", 0)

    def _known(self, tx: Tx, name: str, value: str) -> tuple[Known | None, list[str]]:
        """Who it is, and the session that is to be noted as used."""
        site = sites.by_name(tx, name)
        kind, _dot, held = value.partition(".")
        if site is None:
            return None, []
        if kind == USER:
            credential = identities.hashed(held)
            found = identities.visit(tx, site, credential)
            return (Known(found.user, credential), found.due) if found else (None, [])
        signed, _dot, signature = value.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(site, signed).encode()):
            return None, []
        key, title, *credentials = signed.split(".")[1:]
        called, _line, email = base64.urlsafe_b64decode(title).decode().partition("\n")
        guest = Guest(key, called, site=site.id, vouched=kind == HOST, email=email)
        if kind == HOST and not identities.lives(tx, credentials[0]):
            return None, []
        return Known(guest, "".join(credentials)), []

    def _sign(self, site: Site, held: str) -> str:
        return hmac.new(self._signing, f"{site.id} {held}".encode(), hashlib.sha256).hexdigest()

    def _set(self, connection: HTTPConnection, response: Response, site: str, value: str, days: int) -> None:
        name, third = _name(connection, site), "Secure; HttpOnly; SameSite=None; Partitioned"
        if is_secure(connection.scope):
            said = {name: f"Path=/; {third}"}
        else:
            said = {name: f"Path={self._path}; HttpOnly; SameSite=Lax"}
            if is_loopback(connection.scope):
                # A frame in a page of another site keeps the second only, which some browsers take from their own
                # machine, and some from nobody without TLS. Under one name they would be in each other's way.
                said[f"{name}{APART}"] = f"Path={self._path}; {third}"
        for called, rest in said.items():
            # Not by set_cookie, which before Python 3.14 cannot say Partitioned.
            response.headers.append("Set-Cookie", f"{called}={value}; Max-Age={days * 86400}; {rest}")


def site_asked(connection: HTTPConnection, room: str) -> str:
    """The site in whose threads something is asked: by the address of a frame, by the room of a form, or by that of
    what listens to one; empty for none. No page of ours becomes a site's by what its address says behind it."""
    path = _path(connection)
    site = connection.path_params.get("site", "") if path.startswith("/embed/") else ""
    thread = room or (connection.query_params.get("room", "") if path in LISTENING else "")
    return names.folded(site or (thread.partition(".")[0] if "." in thread else ""))


def in_frame(connection: HTTPConnection) -> bool:
    """Whether it is a frame that asks, and not one of our own pages."""
    base = connection.scope.get("root_path", "")
    page = urlsplit(connection.headers.get("referer", "")).path.removeprefix(base)
    at_frame = _path(connection).startswith("/embed/") or page.startswith("/embed/")
    return at_frame or connection.query_params.get("view", "") in FRAMES


def _path(connection: HTTPConnection) -> str:
    path: str = connection.scope["path"]
    return path.removeprefix(connection.scope.get("root_path", ""))


def _name(connection: HTTPConnection, site: str) -> str:
    """A name of a site in any script, as a cookie's name may be written."""
    name = f"webchat-at-{quote(site, safe='')}"
    return f"__Host-{name}" if is_secure(connection.scope) else name


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
