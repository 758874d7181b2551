"""Who asks, and by which scheme: also behind a proxy, which is believed if the operator named it, and else not."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Scope

FORWARDING = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""What proxies add. Only X-Forwarded-For and X-Forwarded-Proto are ever read."""
UNIX = "unix"
"""The setting's word for peers that have no address: those at a Unix socket."""
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class Forwarding:
    """Reads what proxies say. ``proxies`` are networks, and `UNIX`; ``origins`` those of the pages.

    Raises ValueError for what is neither.
    """

    def __init__(self, proxies: Sequence[str], origins: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(proxy) for proxy in proxies if proxy != UNIX]
        self._unix = UNIX in proxies
        self._origins = origins

    def resolved(self, scope: Scope) -> Scope:
        """The scope with the client and the scheme that the browser has, as far as they can be known."""
        headers = Headers(scope=scope)
        peer = scope.get("client")
        address = _address(peer[0]) if peer else UNIX
        believed = self._trusts(address)
        secure = self._is_secure(scope["scheme"], headers, believed)
        scheme = ("wss" if secure else "ws") if scope["type"] == "websocket" else ("https" if secure else "http")
        if believed and (client := self._client(address, headers)) != address:
            return {**scope, "scheme": scheme, "client": (client, 0)}
        return scope if scheme == scope["scheme"] else {**scope, "scheme": scheme}

    def _client(self, address: str, headers: Headers) -> str:
        """The last address of the chain that is no trusted proxy's. What stands before it may be forged, and where
        there is something else than an address, one sees no further."""
        chain = ",".join(headers.getlist("x-forwarded-for")).split(",")
        while chain and self._trusts(address) and (said := _address(chain.pop())):
            address = said
        return address

    def _is_secure(self, scheme: str, headers: Headers, believed: bool) -> bool:
        """Whether the browser speaks TLS: to us, to a trusted proxy, or at a host that is listed as https only."""
        host = headers.get("host", "").lower()
        if f"https://{host}" in self._origins and f"http://{host}" not in self._origins:
            return True
        said = ",".join(headers.getlist("x-forwarded-proto")).rpartition(",")[2].strip().lower() if believed else ""
        return _SCHEMES.get(said, _SCHEMES.get(scheme)) == "https"

    def _trusts(self, address: str) -> bool:
        if address == UNIX:
            return self._unix
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


@lru_cache(1024)
def _address(text: str) -> str:
    """An address in its shortest spelling, without a port; an empty string for what is none, as ``unknown``."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str((parsed.version == 6 and parsed.ipv4_mapped) or parsed)
