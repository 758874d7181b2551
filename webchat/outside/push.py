"""Whether pushes can be sent, and what is said of them without the library that they need, which is an extra."""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from webchat.errors import Malformed, sentence as _
from webchat.outside import guard

if TYPE_CHECKING:
    from webchat.outside.webpush import Sender
    from webchat.settings import Settings

SERVICES = ("fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")
"""The hosts of browsers' push services, or what their names end with."""
NO_SERVICE = _("This is not the address of a push service that is known here.")
LONGEST = 3_900
"""Bytes of a payload that every service takes."""


class Subscription(NamedTuple):
    """Where a browser is reached, and with what it reads."""

    endpoint: str
    p256dh: str
    auth: str


class Answer(NamedTuple):
    """What a push service said: a status, 0 if it was not reached, and why in its own words."""

    status: int
    why: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether there is no such browser any more."""
        return self.status in (404, 410)

    @property
    def is_done(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300


def checked(endpoint: str, trusted: Collection[str]) -> SplitResult:
    """The parts of an endpoint that is one. Raises Malformed: it is judged by its host, as that is parsed."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Malformed(NO_SERVICE) from None
    if parts.username is None and parts.scheme in ("http", "https") and guard.is_trusted(parts, trusted):
        return parts
    known = any(host == name or host.endswith(f".{name}") for name in SERVICES)
    if parts.scheme != "https" or parts.username is not None or port not in (None, 443) or not known:
        raise Malformed(NO_SERVICE)
    return parts


def is_installed() -> bool:
    """Whether the extra is there."""
    return importlib.util.find_spec("cryptography") is not None


def new_key() -> str:
    """A private number for a place, to be kept for ever."""
    from webchat.outside import webpush

    return webpush.new_key()


def sender(settings: Settings, key: str) -> Sender:
    """Who sends on behalf of this place."""
    from webchat.outside import webpush

    return webpush.Sender(key, settings.contact, settings.push_hosts)


def base64_of(data: bytes) -> str:
    """As URLs and keys are written."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unbase64(text: str) -> bytes:
    """What is written so. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
