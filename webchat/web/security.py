"""The outer wall, before any door: Host, where a request comes from, and what a page may load.

Pure ASGI, since Starlette's BaseHTTPMiddleware does not see sockets.
"""

import ipaddress
import logging
from collections.abc import Awaitable, Mapping, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webchat.logs import Told
from webchat.metrics import Metrics
from webchat.settings import Settings
from webchat.web.forwarding import FORWARDING, Forwarding

log = logging.getLogger("webchat.security")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
HSTS = "max-age=31536000"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page of ours may load, and who may frame it."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Wall:
    """Refuses what does not come from one of our own pages, puts the security headers on every answer, and counts those
    that say no."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._refusals = metrics.refusals
        self._hosts = {urlsplit(origin).netloc for origin in settings.origins}
        self._forwarding = Forwarding(settings.proxies, settings.origins)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Let a request through, or answer 400 or 403. It does not wait, so that nothing of it stays as long as what it
        lets through."""
        if scope["type"] not in ("http", "websocket"):
            return self._app(scope, receive, send)
        scope = self._forwarding.resolved(scope)
        headers = Headers(scope=scope)
        if not self._host_is_ours(headers.getlist("host")):
            sentence = "Refused a Host. If it is yours, add its origin to WEBCHAT_ORIGINS"
            log.warning(Told(sentence, "denied", host=headers.get("host", ""), **{"from": peer(HTTPConnection(scope))}))
            return self._refuse(400, "This host name is not served here.", scope, receive, send)
        if not self._comes_from_us(scope, headers):
            sentence = "Refused an Origin. If it is yours, add it to WEBCHAT_ORIGINS"
            log.warning(
                Told(sentence, "denied", origin=headers.get("origin", ""), **{"from": peer(HTTPConnection(scope))})
            )
            return self._refuse(403, "This request did not come from a page of ours.", scope, receive, send)
        return self._app(scope, receive, self._with_headers(scope, send))

    def _host_is_ours(self, hosts: Sequence[str]) -> bool:
        if len(hosts) != 1:  # of two, a proxy before us may have looked at the other one
            return False
        host, name = hosts[0], _host_name(hosts[0])
        if name in LOOPBACK or name == self._settings.host or host.lower() in self._hosts:
            return True
        return self._settings.open and _is_address(name)

    def _comes_from_us(self, scope: Scope, headers: Headers) -> bool:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return True
        if origins := headers.getlist("origin"):
            scheme = "https" if is_secure(scope) else "http"
            ours = {f"{scheme}://{headers.get('host', '')}", *self._settings.origins}
            return len(origins) == 1 and origins[0] in ours
        if (site := headers.get("sec-fetch-site")) is not None:
            return site in ("same-origin", "none")
        return "cookie" not in headers or bearer(headers) is not None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        if scope["type"] == "websocket":
            return send

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= 400:
                    self._refusals[message["status"]] += 1
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if is_secure(scope):
                    headers["Strict-Transport-Security"] = HSTS
            await send(message)

        return send_with_headers

    async def _refuse(self, status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
        """For a socket this is an answer to the handshake, which Starlette's responses know how to give."""
        if scope["type"] == "websocket":
            self._refusals[status] += 1
        await PlainTextResponse(why, status)(scope, receive, self._with_headers(scope, send))


def bearer(headers: Mapping[str, str]) -> str | None:
    """The secret of a token that a program shows, or None. No page of another site can make a browser send one."""
    scheme, _space, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def is_local(scope: Scope) -> bool:
    """Whether a request can only come from this machine: both ends of the connection are here, the host it asks for has
    a loopback name, and nobody forwarded it. What this server believes to be bound to proves nothing."""
    headers = Headers(scope=scope)
    ends = (scope.get("server"), scope.get("client"))
    return (
        all(end is not None and end[0] in LOOPBACK for end in ends)
        and is_loopback(scope)
        and not any(name in headers for name in FORWARDING)
    )


def is_loopback(scope: Scope) -> bool:
    """Whether the browser asks for a loopback name. It trusts that without TLS, too, whoever is behind it."""
    return _host_name(Headers(scope=scope).get("host", "")) in LOOPBACK


def is_secure(scope: Scope) -> bool:
    """Whether the browser speaks TLS, to us or to a proxy before us."""
    return scope["scheme"] in ("https", "wss")


def peer(connection: HTTPConnection) -> str:
    """The address of whoever asks, behind the wall: that of the browser, if a trusted proxy tells."""
    return connection.client.host if connection.client else ""


def _host_name(host: str) -> str:
    """The name in a Host header without its port; an empty string for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        right = parts.netloc == host and "@" not in host and (parts.port is None or parts.port > 0)
        return (parts.hostname or "").lower() if right else ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
