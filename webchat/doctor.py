"""What is wrong with an installation, and what to do about it. Looks, and changes nothing."""

import http.client
import ipaddress
import os
import resource
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from webchat.backups import DATABASE
from webchat.bus.memory import is_heard
from webchat.errors import StartRefused
from webchat.settings import Settings, host_in_url
from webchat.store import copies, schema, steps
from webchat.store.copies import Connection, Tell
from webchat.store.folder import ROOM_TO_WRITE

OLDEST_SQLITE = (3, 51, 3)
"""The first whose log cannot be reset under a second connection's feet."""
OLDEST_NOW = 1_760_000_000
"""October 2025: a clock that is before it is wrong."""
AHEAD = 60_000
"""Milliseconds that the newest message may be ahead of the clock."""
FEW_FILES, TOO_FEW_FILES = 4096, 256
NARROW = {4: 8, 6: 16}
"""Bits that tell the network of proxies from others; with fewer it is not one operator's."""
ANSWER = 5.0
"""Seconds that a server may take to answer."""


class Finding(NamedTuple):
    """One line of the report."""

    level: Literal["ok", "warn", "bad"]
    about: str
    says: str


def examine(settings: Settings, tell: Tell) -> Iterator[Finding]:
    """Look at one thing after another."""
    yield _folder(settings.data)
    if settings.store:
        yield from _postgres(settings.store)
    else:
        yield _sqlite()
        yield from _database(settings.data, tell)
    yield _disk(settings.data)
    yield _files()
    yield from _addresses(settings)
    yield _proxies(settings)
    yield _server(settings)


def _folder(data: Path) -> Finding:
    about = "data folder"
    if not data.exists():
        return Finding(
            "warn", about, f"{data} is not there yet; webchat serve makes it. Or say with --data where it is."
        )
    if not data.is_dir():
        return Finding("bad", about, f"{data} is a file. Choose a folder with --data.")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return Finding("bad", about, f"{data} cannot be written by this account. Give it to the account that serves.")
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o002:
        return Finding("bad", about, f"Anybody may change {data}. Run: chmod 700 {data}")
    if mode & 0o077:
        return Finding("warn", about, f"Other accounts of this machine may look into {data}. Run: chmod 700 {data}")
    if strange := [place for place in data.iterdir() if place.lstat().st_uid != data.stat().st_uid]:
        says = f"{strange[0]} belongs to another account than the folder, so its server may not write it."
        return Finding("warn", about, f"{says} Run: chown -R --reference={data} {data}")
    return Finding("ok", about, f"{data} is for its owner only.")


def _sqlite() -> Finding:
    found, wanted = (".".join(map(str, version)) for version in (copies.sqlite_version(), OLDEST_SQLITE))
    if copies.sqlite_version() < OLDEST_SQLITE:
        return Finding(
            "bad", "SQLite", f"Version {found} can damage a database. Install an apsw with {wanted} or newer."
        )
    return Finding("ok", "SQLite", f"Version {found}.")


def _database(data: Path, tell: Tell) -> Iterator[Finding]:
    """The database's integrity and schema, and what it shows of the clock."""
    database, newest = data / DATABASE, 0
    if not database.exists():
        yield Finding("warn", "database", f"There is none in {data} yet; webchat serve makes it.")
    else:
        try:
            with copies.snapshot(database, resting=True) as connection:
                yield _integrity(connection, tell)
                yield _schema(connection, database)
                newest = copies.newest(connection)
        except StartRefused as refused:
            yield Finding("bad", "database", f"{refused} Restore a backup with webchat restore.")
    yield _clock(newest)


def _postgres(url: str) -> Iterator[Finding]:
    """Whether PostgreSQL is there and keeps what it acknowledges, its schema, and what it shows of the clock."""
    about, newest = "PostgreSQL", 0
    try:
        from webchat.store import postgres_copies  # its driver is installed by those who use it

        facts = postgres_copies.facts(url)
    except StartRefused as refused:
        yield Finding("bad", about, str(refused))
    else:
        newest = facts.newest
        if facts.keeps:
            yield Finding("ok", about, f"Version {facts.version}, {facts.pooled}.")
        else:
            says = "Its synchronous_commit is off, so that it may lose what it acknowledged. Turn it on."
            yield Finding("bad", about, says)
        yield _step(facts.schema)
    yield _clock(newest)


def _integrity(connection: Connection, tell: Tell) -> Finding:
    if damage := copies.damage(connection, tell):
        return Finding("bad", "database", f"It is damaged: {damage}. Restore a backup with webchat restore.")
    return Finding("ok", "database", "SQLite finds no damage.")


def _schema(connection: Connection, database: Path) -> Finding:
    steps.require_ours(connection, database)
    return _step(steps.version(connection))


def _step(found: int) -> Finding:
    if found > schema.known():
        return Finding("bad", "schema", schema.newer("The database", found))
    if found < schema.known():
        return Finding(
            "warn", "schema", f"It is {found}, {schema.known()} is due. Run webchat migrate, or start webchat."
        )
    return Finding("ok", "schema", f"It is {found}, as this program needs.")


def _clock(newest: int) -> Finding:
    now = time.time()
    if now < OLDEST_NOW:
        return Finding(
            "bad", "clock", f"It is {time.strftime('%Y-%m-%d')} here, which cannot be. Set the clock, by NTP."
        )
    if newest > now * 1000 + AHEAD:
        ahead = round((newest / 1000 - now) / 60)
        return Finding("warn", "clock", f"The newest message is {ahead} minutes in the future. Set the clock, by NTP.")
    return Finding("ok", "clock", f"It is {time.strftime('%Y-%m-%d %H:%M', time.gmtime(now))} UTC.")


def _disk(data: Path) -> Finding:
    place = next(place for place in (data.absolute(), *data.absolute().parents) if place.exists())
    free, nodes = shutil.disk_usage(place).free, os.statvfs(place)
    size = sum(file.stat().st_size for file in data.glob("*.db*")) if data.is_dir() else 0
    if free < ROOM_TO_WRITE or (nodes.f_files and not nodes.f_favail):
        return Finding("bad", "disk", f"There is no room on the disk of {data}, and webchat will not start. Free some.")
    if free < max(16 * ROOM_TO_WRITE, 2 * size):
        return Finding("warn", "disk", f"{free >> 20} MB are free; a backup and growth need more. Free some.")
    return Finding("ok", "disk", f"{free >> 20} MB are free.")


def _files() -> Finding:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= FEW_FILES:
        return Finding("ok", "open files", "As many connections as the system allows.")
    level: Literal["warn", "bad"] = "bad" if most < TOO_FEW_FILES else "warn"
    says = (
        f"Only {most} are allowed, and each connection is one. Raise the limit: LimitNOFILE= of systemd, or ulimit -n."
    )
    return Finding(level, "open files", says)


def _addresses(settings: Settings) -> Iterator[Finding]:
    """Who can open the pages: where it listens, and which Host and Origin it takes."""
    at = f"{settings.host}:{settings.port}"
    if settings.open and not _is_loopback(settings.host):
        yield Finding(
            "warn", "open", f"Anyone who reaches {at} may enter, read and write. Leave out --open if that is wrong."
        )
    if wrong := [origin for origin in settings.origins if not _is_origin(origin)]:
        yield Finding("bad", "origins", f"{wrong[0]!r} is none. Write it as https://chat.example, without a path.")
    elif plain := [origin for origin in settings.origins if _is_plain(origin)]:
        yield Finding("warn", "origins", f"{plain[0]} carries passwords unencrypted. Serve it as https://, by a proxy.")
    elif settings.origins:
        yield Finding("ok", "origins", f"Pages open at {', '.join(settings.origins)}.")
    elif _is_loopback(settings.host):
        yield Finding(
            "ok", "origins", f"Pages open on this machine only, at {settings.url}. A proxy needs WEBCHAT_ORIGINS."
        )
    elif settings.host in ("", "0.0.0.0", "::") and not settings.open:  # noqa: S104 - nothing is bound here
        says = (
            f"It listens at {at}, but takes no host name from outside. Set WEBCHAT_ORIGINS to the address of the pages."
        )
        yield Finding("bad", "origins", says)
    else:
        says = f"Pages open at {settings.url}, unencrypted, and at no other name. Set WEBCHAT_ORIGINS, and use a proxy."
        yield Finding("warn", "origins", says)


def _proxies(settings: Settings) -> Finding:
    """Who is believed about whom it speaks for."""
    about, named = "proxies", ", ".join(settings.proxies) or "none"
    networks = [ipaddress.ip_network(proxy) for proxy in settings.proxies if proxy != "unix"]
    if wide := [network for network in networks if network.prefixlen < NARROW[network.version]]:
        says = f"{wide[0]} may be anybody, who may then claim any address. Name only your proxies in WEBCHAT_PROXIES."
        return Finding("bad", about, says)
    if settings.origins and not _is_loopback(settings.host) and settings.proxies == Settings().proxies:
        says = "None but on this machine is believed. If one elsewhere speaks for people, name it in WEBCHAT_PROXIES."
        return Finding("warn", about, says)
    return Finding("ok", about, f"Believed about whom they speak for: {named}.")


def _server(settings: Settings) -> Finding:
    heard, url = is_heard(settings.data / "bus.sock"), settings.url
    status, answer = _asked(settings)
    if not heard and status:
        return Finding(
            "warn", "server", f"None runs on {settings.data}, but something answers at {url}. Stop one, or move."
        )
    if not heard:
        return Finding("ok", "server", f"None runs on {settings.data}.")
    if status == 200:
        return Finding("ok", "server", f"It answers at {url} and can read and write.")
    if status == 503:
        return Finding("bad", "server", f"It answers at {url}: {answer} The server's log says more.")
    says = f"One runs, but does not answer at {url}. Give --host and --port as you gave them to webchat serve."
    return Finding("warn", "server", says)


def _asked(settings: Settings) -> tuple[int, str]:
    """The status and the sentence of /readyz; 0 if nothing answers."""
    host = host_in_url(settings.host).strip("[]")
    connection = http.client.HTTPConnection(host, settings.port, timeout=ANSWER)
    try:
        connection.request("GET", f"{settings.base}/readyz")
        answer = connection.getresponse()
        return answer.status, " ".join(answer.read(500).decode(errors="replace").split())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, ""
    finally:
        connection.close()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return False


def _is_plain(origin: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def is_bad(findings: Iterable[Finding]) -> bool:
    """Whether something must be done."""
    return any(finding.level == "bad" for finding in findings)
