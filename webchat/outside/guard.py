"""Where a request of ours may go: to the internet, and to what the operator named. Never to what is beside us."""

import ipaddress
import re
import socket
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from webchat.errors import Malformed, sentence as _

LONGEST = 2_000
"""Characters of an address."""
TRIED = 4
"""The most addresses of a host that are tried."""
NOT_PUBLIC = _("This address is not one of the internet. The operator can name it in WEBCHAT_HOOK_HOSTS.")
NOT_AN_ADDRESS = _("Give an https:// address without a name or password in it.")
ONLY_HTTPS = _("Only https:// addresses without a port are called, except for hosts that the operator names.")

_WRITTEN = re.compile(r"[\x21-\x7e]+")
_INSIDE = [
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10", "192.88.99.0/24")
]
"""Networks whose addresses hold or stand for others, which may be anywhere."""


def is_trusted(parts: SplitResult, trusted: Collection[str]) -> bool:
    """Whether the operator named the host, perhaps with its port."""
    return parts.hostname in trusted or parts.netloc.lower() in trusted


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, as it stands and as what it maps."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    inside = any(found.version == network.version and found in network for network in _INSIDE)
    return found.is_global and not (inside or found.is_multicast or found.is_reserved)


def checked(url: str, trusted: Collection[str]) -> SplitResult:
    """The parts of an address that may be asked, as far as it says itself. Raises Malformed.

    Hosts that the operator named may be asked by http and at any port, all others only by https at the usual one.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Malformed(NOT_AN_ADDRESS) from None
    whole = host and len(url) <= LONGEST and _WRITTEN.fullmatch(url) and "\\" not in parts.netloc
    if not whole or parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.fragment:
        raise Malformed(NOT_AN_ADDRESS)
    if is_trusted(parts, trusted):
        return parts
    if parts.scheme != "https" or port not in (None, 443):
        raise Malformed(ONLY_HTTPS)
    if _is_literal(host) and not is_public(host):
        raise Malformed(NOT_PUBLIC)
    return parts


def port_of(parts: SplitResult) -> int:
    """The port that an address means."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def reachable(host: str, port: int, trusted: bool, sentence: str = NOT_PUBLIC) -> list[tuple[str, int]]:
    """The addresses to connect to, one after the other, looked up once. Blocks. Raises Malformed with ``sentence`` if
    any of the host's is not of the internet, unless the host is trusted, and OSError if there is none."""
    found = dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    if not trusted and not all(map(is_public, found)):
        raise Malformed(sentence)
    return [(address, port) for address in found][:TRIED]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
