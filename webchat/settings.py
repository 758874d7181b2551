"""The settings, and the only reader of the environment. Each option of ``serve`` has a ``WEBCHAT_…`` variable."""

import contextlib
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from webchat.errors import StartRefused

LOG_FORMATS = ("text", "json")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one server runs.

    ``data`` is the folder for the database and the server's own files. ``store`` is empty for SQLite in that folder.
    ``origins`` are further origins (``https://chat.example``) that pages may come from. ``open`` lets anyone in as a
    guest who may write, and lets the first post make its room. ``limits`` off lifts rates and caps, for load tests.
    ``base`` is the path the app is mounted at, without the last slash. ``log_format`` is one of `LOG_FORMATS`.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path("webchat-data")
    store: str = ""
    bus: str = "memory:"
    origins: tuple[str, ...] = ()
    open: bool = False
    limits: bool = True
    base: str = ""
    log_format: str = "text"

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
    if settings.store:
        raise StartRefused("WEBCHAT_STORE is set, but this version knows only SQLite in the data folder. Unset it.")
    if settings.bus != "memory:":
        raise StartRefused(f"WEBCHAT_BUS is {settings.bus}, but this version knows only memory:. Unset it.")


def _read(name: str, value: str) -> object:
    match name:
        case "data":
            return Path(value)
        case "origins":
            return tuple(origin.strip().rstrip("/").lower() for origin in value.split(",") if origin.strip())
        case "open" | "limits":
            if value.lower() not in ("1", "on", "true", "yes", "0", "off", "false", "no"):
                raise StartRefused(f"WEBCHAT_{name.upper()} is {value!r}: say on or off.")
            return value.lower() in ("1", "on", "true", "yes")
        case "port":
            if not (value.isascii() and value.isdigit() and int(value) < 65536):
                raise StartRefused(f"WEBCHAT_PORT is {value!r}: it must be a number below 65536.")
            return int(value)
        case "log_format":
            if value.lower() not in LOG_FORMATS:
                raise StartRefused(f"WEBCHAT_LOG_FORMAT is {value!r}: say {' or '.join(LOG_FORMATS)}.")
            return value.lower()
        case "base":
            return "/" + value.strip("/") if value.strip("/") else ""
        case _:
            return value
