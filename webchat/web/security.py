"""The outer wall, before any door: Host, where a request comes from, and what a page may load.

Pure ASGI, since Starlette's BaseHTTPMiddleware does not see sockets.
"""

import ipaddress
import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webchat.logs import Told
from webchat.settings import Settings

log = logging.getLogger("webchat.security")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Wall:
    """Refuses what does not come from one of our own pages, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._hosts = {urlsplit(origin).netloc for origin in settings.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer 400 or 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._host_is_ours(headers.get("host", "")):
            sentence = "Refused a Host. If it is yours, add its origin to WEBCHAT_ORIGINS"
            log.warning(Told(sentence, "denied", host=headers.get("host", ""), **{"from": peer(HTTPConnection(scope))}))
            await _refuse(400, "This host name is not served here.", scope, receive, send)
        elif not self._comes_from_us(scope, headers):
            sentence = "Refused an Origin. If it is yours, add it to WEBCHAT_ORIGINS"
            log.warning(
                Told(sentence, "denied", origin=headers.get("origin", ""), **{"from": peer(HTTPConnection(scope))})
            )
            await _refuse(403, "This request did not come from a page of ours.", scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)

    def _host_is_ours(self, host: str) -> bool:
        name = _host_name(host)
        if name in LOOPBACK or name == self._settings.host or host.lower() in self._hosts:
            return True
        return self._settings.open and _is_address(name)

    def _comes_from_us(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return True
        origin = headers.get("origin")
        if origin is not None:
            scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
            return origin == f"{scheme}://{headers.get('host', '')}" or origin in self._settings.origins
        if (site := headers.get("sec-fetch-site")) is not None:
            return site in ("same-origin", "none")
        return "cookie" not in headers


def is_local(scope: Scope) -> bool:
    """Whether a request can only come from this machine: both ends of the connection are here, the host it asks for has
    a loopback name, and nobody forwarded it. What this server believes to be bound to proves nothing."""
    headers = Headers(scope=scope)
    ends = (scope.get("server"), scope.get("client"))
    return (
        all(end is not None and end[0] in LOOPBACK for end in ends)
        and _host_name(headers.get("host", "")) in LOOPBACK
        and not any(name in headers for name in FORWARDING)
    )


def peer(connection: HTTPConnection) -> str:
    """The address of whoever asks. A proxy on this machine is believed about whom it speaks for, and nobody else."""
    host = connection.client.host if connection.client else ""
    forwarded = connection.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded if forwarded and host in LOOPBACK else host


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers


async def _refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    """For a socket this is an answer to the handshake, which Starlette's responses know how to give."""
    await PlainTextResponse(why, status)(scope, receive, _with_headers(send) if scope["type"] == "http" else send)
