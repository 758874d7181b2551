"""The servers that are compared: what each needs, how it is started, and how the load speaks to it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from time import sleep
from typing import NamedTuple

PEERS = Path(__file__).parent / "peers"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "webchat-benchmarks"
NODE = ("ws@8.23.0", "socket.io@4.8.4")
REDIS_PORT = 6398
REDIS_URL = f"redis://127.0.0.1:{REDIS_PORT}"
PATIENCE = 30
"""Seconds that a server has to start or to stop."""

PYTHON = str(CACHE / "venv/bin/python")
UVICORN = (PYTHON, "-m", "uvicorn", "--no-access-log", "--log-level", "warning", "--backlog", "8192",
           "--ws-per-message-deflate", "false", "--port", "{port}")  # fmt: skip
JSON_MESSAGE = '{"message":"$text"}'
ENGINE_IO = ("--path", "/socket.io/?EIO=4&transport=websocket", "--hello", "40", "--engine-io", "--ready", "40{",
             "--message", '42["message","$text"]')  # fmt: skip


class Kind(NamedTuple):
    """A server that can be measured. ``{port}`` and ``{data}``, an empty folder, are filled into ``command``; ``needs``
    are the programs that it takes; ``speaks`` are options of the load."""

    title: str
    command: tuple[str, ...]
    speaks: tuple[str, ...] = ()
    environ: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "webchat": Kind(
        "webchat",
        (sys.executable, "-m", "webchat", "serve", "--open", "--data", "{data}", "--port", "{port}"),
        ("--path", "/socket?room=room-$room", "--ready", '{"at"',
         "--message", '{"do":"post-message","room":"room-$room","body":"$text","cid":"$cid"}'),
        {"WEBCHAT_LIMITS": "off"},
    ),
    "c_limit": Kind("C, one write per delivery", (str(CACHE / "c_limit"), "{port}"), needs=("gcc",)),
    "uvloop_raw": Kind("uvloop, raw", (PYTHON, "uvloop_raw.py", "{port}")),
    "starlette_loop": Kind("Starlette, a loop", (*UVICORN, "--ws", "websockets-sansio", "starlette_loop:app")),
    "node_ws": Kind("Node ws", ("node", "node_ws.js", "{port}"), needs=("node", "npm")),
    "node_socketio": Kind("Node socket.io", ("node", "node_socketio.js", "{port}"), ENGINE_IO, needs=("node", "npm")),
    "socketio_room": Kind("python-socketio", (*UVICORN, "socketio_room:app"), ENGINE_IO),
    "channels_memory": Kind(
        "Channels, in memory", (*UVICORN, "channels_chat:app"),
        ("--path", "/ws/chat/lobby/", "--message", JSON_MESSAGE), {"LAYER": "memory"},
    ),
    "channels_redis": Kind(
        "Channels, Redis pub/sub", (*UVICORN, "channels_chat:app"),
        ("--path", "/ws/chat/lobby/", "--message", JSON_MESSAGE),
        {"LAYER": REDIS_URL}, ("redis-server",),
    ),
}  # fmt: skip


class Server(NamedTuple):
    """A server that runs."""

    kind: Kind
    port: int
    pid: int
    data: Path


class Absent(Exception):
    """A server cannot be measured here, and why."""


def cores() -> tuple[str, str]:
    """The core of the server and that of the load. Raises Absent where there are not two."""
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2 or not shutil.which("taskset"):
        raise Absent("This takes Linux, two cores and taskset.")
    server, load, *_others = sorted(os.sched_getaffinity(0))
    return str(server), str(load)


def set_up(names: Sequence[str]) -> None:
    """Get what these servers need, into the user's cache folder. Does nothing where that is done."""
    needs = {need for name in names for need in KINDS[name].needs}
    CACHE.mkdir(parents=True, exist_ok=True)
    if any(PYTHON in KINDS[name].command for name in names):
        wanted = PEERS / "requirements.txt"
        venv, install = (
            (sys.executable, "-m", "venv", str(CACHE / "venv")),
            (PYTHON, "-m", "pip", "install", "-q", "-r"),
        )
        _once("python", wanted.read_text("utf-8"), venv, (*install, str(wanted)))
    if "npm" in needs and shutil.which("npm"):
        npm = ("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(CACHE), *NODE)
        _once("node", " ".join(NODE), npm)
    if "gcc" in needs and shutil.which("gcc"):
        source = PEERS / "c_limit.c"
        _once("c", source.read_text("utf-8"), ("gcc", "-O2", "-o", str(CACHE / "c_limit"), str(source)))


@contextlib.contextmanager
def running(name: str, data: Path | None = None, **environ: str) -> Iterator[Server]:
    """A server on a core of its own, on ``data`` or an empty folder. Raises Absent if it cannot be had here."""
    kind = KINDS[name]
    if missing := [need for need in kind.needs if not shutil.which(need)]:
        raise Absent(f"no {missing[0]} here")
    with contextlib.ExitStack() as held:
        if "redis-server" in kind.needs and not _listens(REDIS_PORT):
            held.enter_context(redis())
        folder = data or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="webchat-benchmark-")))
        port = _free_port()
        command = tuple(part.format(port=port, data=folder) for part in kind.command)
        pinned = ("taskset", "-c", cores()[0], *command)
        pid = held.enter_context(_process(pinned, port, {**kind.environ, **environ}))
        if name == "webchat":
            _wait(port)
        yield Server(kind, port, pid, folder)


@contextlib.contextmanager
def redis() -> Iterator[None]:
    """A Redis that keeps nothing. Raises Absent if there is none."""
    if not shutil.which("redis-server"):
        raise Absent("no redis-server here")
    options = ("--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    with _process(("redis-server", *options), REDIS_PORT, {}):
        yield


@contextlib.contextmanager
def _process(command: tuple[str, ...], port: int, environ: Mapping[str, str]) -> Iterator[int]:
    """A process that listens at a port; it is ended with the block."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("WEBCHAT_")}
    inherited |= {"NODE_PATH": str(CACHE / "node_modules"), "PYTHONPATH": str(PEERS.parents[1])}
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "server.log").open("a") as log:
        process = subprocess.Popen(command, cwd=PEERS, env={**inherited, **environ}, stdout=log, stderr=log)
    try:
        for _ in range(PATIENCE * 20):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            if _listens(port) or process.returncode is not None:
                break
        if process.returncode is not None or not _listens(port):
            raise Absent(f"does not start: see {log.name}")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int) -> None:
    """Return once webchat has started: before that it listens too, and tells everybody to come later."""
    for _ in range(PATIENCE * 20):
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/readyz")
        if connection.getresponse().status == 200:
            return
        sleep(0.05)
    raise Absent("does not become ready")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _once(name: str, wanted: str, *commands: Sequence[str]) -> None:
    """Run commands, unless they were run for the same before."""
    mark = CACHE / f"{name}.done"
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return
    print(f"Setting up the {name} peers; the first time takes a moment.", file=sys.stderr)
    for command in commands:
        subprocess.run(command, check=True)
    mark.write_text(wanted, "utf-8")
