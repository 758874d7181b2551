"""The settings, and the only reader of the environment. Each option of ``serve`` has a ``WEBCHAT_…`` variable."""

import contextlib
import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from webchat.errors import StartRefused

_CONTACT = re.compile(r"mailto:[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)+|https://[^\s/@]+\.[^\s/@]+(/\S*)?")
MAIL_ADDRESS = re.compile(
    r"(?!.*=\?)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII
)
"""What mail may come from and go to. What begins like an encoded word would be another address in a header."""
LOG_FORMATS = ("text", "json")
POSTGRES = ("postgresql://", "postgres://")
"""How an address of PostgreSQL begins."""
REDIS = ("redis://", "rediss://", "redis+cluster://", "rediss+cluster://", "unix://")
"""How an address of Redis begins."""
WORKERS = 64
"""The most processes that one command starts."""
LARGEST = 1_000
"""The most megabytes that a file may be allowed to have."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one server runs.

    ``data`` is the folder for the database and the server's own files. ``store`` is empty for SQLite in that
    folder, or a ``postgresql://`` address.
    ``origins`` are further origins (``https://chat.example``) that pages may come from, ``proxies`` the networks whose
    forwarding headers are believed (and ``unix``, for peers at a Unix socket). ``open`` lets anyone in as a
    guest who may write, and lets the first post make its room. ``limits`` off lifts rates and caps, for load tests.
    ``bus`` is ``memory:`` or an address of Redis, by which ``workers`` processes of one command, and those of others,
    are one place. ``metrics_from`` are the addresses and networks that may read ``/metrics``, besides this machine.
    ``contact`` is who push services may ask about this place, without which nothing is pushed, and ``push_hosts`` are
    services besides those that are known. ``hook_hosts`` may be called for bots though they are not of the internet.
    ``smtp`` is the server that mail goes out by, from the ``contact``, and ``mail_after`` how many minutes something is
    unread until then, unless its user says otherwise.
    ``sockets`` is the most connections of a process, 0 for as many as it may open files. A reader of a thread is told
    ``fast_chat`` messages a second at most, and guests write slowly while ``slow_chat`` are posted; 0 is off.
    ``file_limit`` is how many megabytes a file may have that people send, 0 for none at all, and ``file_space`` those
    of all that are in one room or on one site.
    ``base`` is the path the app is mounted at, without the last slash. ``log_format`` is one of `LOG_FORMATS`.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path("webchat-data")
    store: str = ""
    bus: str = "memory:"
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    open: bool = False
    limits: bool = True
    base: str = ""
    log_format: str = "text"
    metrics_from: tuple[str, ...] = ()
    workers: int = 1
    contact: str = ""
    smtp: str = ""
    mail_after: int = 15
    push_hosts: tuple[str, ...] = ()
    hook_hosts: tuple[str, ...] = ()
    sockets: int = 0
    fast_chat: int = 8
    slow_chat: int = 20
    file_limit: int = 10
    file_space: int = 1_000

    @property
    def public_url(self) -> str:
        """Where people find it, for links in letters: the first of the further origins, if there is one."""
        return f"{self.origins[0]}{self.base}" if self.origins else self.url

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        return f"http://{host_in_url(self.host)}:{self.port}{self.base}"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that ``WEBCHAT_…`` variables give. Raises StartRefused naming the variable that makes no sense."""
    fields: dict[str, object] = {}
    for name in Settings.__struct_fields__:
        value = environ.get(f"WEBCHAT_{name.upper()}", "").strip()
        if value:
            fields[name] = _read(name, value)
    return msgspec.structs.replace(Settings(), **fields)


def host_in_url(host: str) -> str:
    """The host as a browser on this machine writes it; "all addresses" is not one."""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            host = "127.0.0.1" if address.version == 4 else "::1"
    return f"[{host}]" if ":" in host else host


def require_supported(settings: Settings) -> None:
    """Raises StartRefused for a store or a bus that this version does not have."""
    if settings.store and not settings.store.startswith(POSTGRES):
        raise StartRefused(
            "WEBCHAT_STORE is neither empty, for SQLite in the data folder, nor the address of a PostgreSQL database,"
            " such as postgresql://webchat@db.example/webchat."
        )
    for origin in settings.origins:
        try:
            urlsplit(origin)
        except ValueError:
            raise StartRefused(f"WEBCHAT_ORIGINS: {origin!r} is none. Write it as https://chat.example.") from None
    if settings.workers > 1 and not (settings.store and settings.bus != "memory:"):
        raise StartRefused(
            f"{settings.workers} workers need a database and a bus that they share: set WEBCHAT_STORE to"
            " postgresql://… and WEBCHAT_BUS to redis://…, or leave out --workers."
        )
    if settings.smtp and not MAIL_ADDRESS.fullmatch(settings.contact.removeprefix("mailto:")):
        raise StartRefused("WEBCHAT_SMTP needs WEBCHAT_CONTACT=mailto:…, which is the address that mail comes from.")
    if settings.bus != "memory:" and not settings.bus.startswith(REDIS):
        raise StartRefused(
            "WEBCHAT_BUS is neither memory:, for a process that is alone, nor an address of Redis, such as"
            " redis://redis.example:6379."
        )


def _read(name: str, value: str) -> object:
    match name:
        case "data":
            return Path(value)
        case "origins":
            return tuple(origin.strip().rstrip("/").lower() for origin in value.split(",") if origin.strip())
        case "proxies":
            return _proxies(value)
        case "open" | "limits":
            if value.lower() not in ("1", "on", "true", "yes", "0", "off", "false", "no"):
                raise StartRefused(f"WEBCHAT_{name.upper()} is {value!r}: say on or off.")
            return value.lower() in ("1", "on", "true", "yes")
        case "port":
            if not (value.isascii() and value.isdigit() and int(value) < 65536):
                raise StartRefused(f"WEBCHAT_PORT is {value!r}: it must be a number below 65536.")
            return int(value)
        case "workers":
            if not (value.isascii() and value.isdigit() and 1 <= int(value) <= WORKERS):
                raise StartRefused(f"WEBCHAT_WORKERS is {value!r}: it must be a number from 1 to {WORKERS}.")
            return int(value)
        case "log_format":
            if value.lower() not in LOG_FORMATS:
                raise StartRefused(f"WEBCHAT_LOG_FORMAT is {value!r}: say {' or '.join(LOG_FORMATS)}.")
            return value.lower()
        case "contact":
            if not _CONTACT.fullmatch(value):
                raise StartRefused(f"WEBCHAT_CONTACT is {value!r}: give mailto:you@a.domain or an https:// address.")
            return value
        case "smtp":
            return _smtp(value)
        case "mail_after":
            if not (value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= 10_080):
                raise StartRefused(f"WEBCHAT_MAIL_AFTER is {value!r}: it must be a number of minutes from 1 to 10080.")
            return int(value)
        case "sockets" | "fast_chat" | "slow_chat":
            if not (value.isascii() and value.isdigit() and len(value) < 8):
                raise StartRefused(f"WEBCHAT_{name.upper()} is {value!r}: it must be a number, and 0 is off.")
            return int(value)
        case "file_limit" | "file_space":
            most = LARGEST if name == "file_limit" else 10**9
            if not (value.isascii() and value.isdigit() and len(value) < 11 and int(value) <= most):
                raise StartRefused(f"WEBCHAT_{name.upper()} is {value!r}: it must be a number of megabytes, to {most}.")
            return int(value)
        case "push_hosts" | "hook_hosts":
            return tuple(value.lower().replace(",", " ").split())
        case "metrics_from":
            networks = tuple(network.strip() for network in value.split(",") if network.strip())
            try:
                return tuple(str(ipaddress.ip_network(network, strict=False)) for network in networks)
            except ValueError as error:
                raise StartRefused(f"WEBCHAT_METRICS_FROM: {error}. Name addresses or networks.") from None
        case "base":
            return "/" + value.strip("/") if value.strip("/") else ""
        case _:
            return value


def _smtp(value: str) -> str:
    """An address of a mail server. It may hold a password, which is not repeated."""
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise StartRefused(
            "WEBCHAT_SMTP is no address of a mail server, such as smtp://USER:PASSWORD@mail.example:587."
        )
    return value


def _proxies(value: str) -> tuple[str, ...]:
    """Networks as written with their masks; ``unix`` stays, and ``none`` is none."""
    found = []
    for proxy in value.lower().replace(",", " ").split():
        if proxy not in ("unix", "none"):
            try:
                proxy = str(ipaddress.ip_network(proxy))
            except ValueError:
                raise StartRefused(f"WEBCHAT_PROXIES: {proxy!r} is no network such as 10.0.0.0/8, nor unix.") from None
        found.append(proxy)
    return tuple(proxy for proxy in found if proxy != "none")
