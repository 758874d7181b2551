"""What is measured: each scenario starts a server, sets the load upon it, and returns what came of it by name."""

import json
import os
import platform
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any
from urllib.parse import urlencode

import click
from websockets.sync.client import connect

from benchmarks.servers import PEERS, REDIS_URL, Absent, Server, cores, redis, running

Result = dict[str, Any]

FANOUT: Mapping[str, Mapping[str, int]] = {
    "100x1": {"members": 100},
    "1000x1": {"members": 1000},
    "1000x20": {"members": 1000, "writers": 20, "window": 2},
    "1000at50": {"members": 1000, "rate": 50},
}
"""Members of a room and those who write, each with so many messages under way, or all with a rate together."""
NODES = ("100x1", "1000x20", "1000at50")
"""The cases of these that are measured with several servers too."""
SCALE: Mapping[str, Mapping[str, int]] = {
    "few rooms": {"rooms": 10, "members": 2, "rate": 500},
    "many rooms": {"rooms": 9000, "members": 2, "rate": 500},
    "small rooms": {"rooms": 2, "members": 900, "rate": 20},
    "large rooms": {"rooms": 2, "members": 9000, "rate": 20},
    "one room": {"rooms": 1, "members": 15_000, "rate": 20},
}
"""Rooms, members of each, and messages a second of all together."""
RESUMED = 300
"""The most messages that a resume brings."""
RESUMES = 50
USERS = 20
THREAD = "blog.viral"
POLLING = 40
"""Seconds until all who poll have come and were answered."""
TOGETHER = 32
"""Commands under way at once, when a place is made."""


def machine() -> str:
    """The kind of machine, for whoever reads the figures."""
    with Path("/proc/cpuinfo").open() as info:
        model = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), "unknown")
    release = ".".join(platform.release().split(".")[:2])
    return f"{os.cpu_count()} cores of {model}, Linux {release}, Python {platform.python_version()}"


def busy(seconds: float = 2) -> float:
    """The share of all cores that is in use, over some seconds. Before and after measuring that is what others take."""

    def ticks() -> tuple[int, int]:
        with Path("/proc/stat").open() as stat:
            spent = [int(tick) for tick in stat.readline().split()[1:9]]
        return sum(spent), sum(spent[3:5])  # the fourth is idle, the fifth idle until the disk is done

    all_before, idle_before = ticks()
    sleep(seconds)
    all_after, idle_after = ticks()
    return 1 - (idle_after - idle_before) / (all_after - all_before)


def fanout(names: Sequence[str], cases: Sequence[str], seconds: float, size: float) -> dict[str, dict[str, Result]]:
    """All servers under each load. What cannot be measured here has an ``absent`` that says why."""
    results: dict[str, dict[str, Result]] = {}
    for name in names:
        results[name] = {}
        for case in cases:
            options = {**FANOUT[case], "members": int(FANOUT[case]["members"] * size), "seconds": seconds}
            try:
                with running(name) as server:
                    found = load(server, options)
            except Absent as absent:
                found = {"absent": str(absent)}
            results[name][case] = found
            _tell(f"{name}, {case}", found)
    return results


def own(seconds: float, size: float) -> dict[str, Result]:
    """What only webchat does, or what its peers do so differently that a comparison says nothing."""
    results: dict[str, Result] = {}

    def note(name: str, found: Result) -> None:
        results[name] = found
        _tell(name, found)

    members = int(1000 * size)
    with _place(USERS) as (server, cookies):
        epoch, rev = _fill(server, ["lobby"], 50)
        come = {"path": f"/socket?room=lobby&since={epoch}.{rev - 20}", "cookie": cookies, "seconds": 0, "settle": 5}
        note("connect", load(server, {"members": 10 * members, **come}))
    with _place(1) as (server, cookies):
        _fill(server, ["lobby"], 50)
        page = {"pages": True, "path": "/rooms/lobby", "cookie": cookies, "members": 4, "seconds": seconds}
        note("page", load(server, page))
        note("page_gzip", load(server, {"gzip": True, **page}))
    with running("webchat") as server:
        epoch, _rev = _fill(server, [f"room-{number}" for number in range(RESUMES)], RESUMED)
        resume = {"path": f"/socket?room=room-$room&since={epoch}.0", "dialling": 1, "seconds": 0}
        note("resume_store", load(server, {"rooms": RESUMES, "members": 1, **resume}))
        note("resume_ring", load(server, {"members": RESUMES, **resume}))
    with running("webchat") as server:
        note("posts", load(server, {"rooms": 64, "members": 1, "window": 8, "seconds": seconds}))
    with running("webchat") as server:
        note("full", load(server, {**FANOUT["1000x20"], "members": members, "seconds": seconds}))
    with running("webchat") as server:
        half = {"members": members, "writers": 20, "rate": results["full"]["posts_per_s"] / 2, "seconds": seconds + 1}
        answer = {"pages": True, "path": "/healthz", "members": 1, "seconds": seconds}
        note("half", load(server, half, answer))
    return results


def scale(seconds: float, size: float) -> dict[str, Result]:
    """Many rooms, large rooms, and one of everybody: each beside a small one of the same load."""
    results: dict[str, Result] = {}
    for name, options in SCALE.items():
        large = {key: int(options[key] * size) if options[key] > 100 else options[key] for key in ("rooms", "members")}
        with _place(1) as (server, cookies):
            _make_rooms(server, cookies[0], large["rooms"])
            rate = {"rate": options["rate"], "seconds": seconds, "settle": 5, "warm": 2}
            results[name] = large | load(server, large | rate)
        _tell(name, results[name])
    return results


def nodes(seconds: float, size: float) -> dict[str, dict[str, Result]]:
    """One server, and two that Redis joins, on one core: what each kind of them makes of it, beside webchat alone.
    Each of two has as many members as one has, but at a fixed rate, which would be more than the core can do."""
    store = os.environ.get("WEBCHAT_STORE", "")
    if not store:
        raise Absent("Set WEBCHAT_STORE to an empty database of PostgreSQL that may be filled.")
    results: dict[str, dict[str, Result]] = {}
    for key in ("webchat alone", "webchat 1", "webchat 2", "channels_redis 1", "channels_redis 2"):
        name, _space, count = key.partition(" ")
        joined = {} if count == "alone" else {"WEBCHAT_STORE": store, "WEBCHAT_BUS": REDIS_URL}
        results[key] = {}
        for case in NODES:
            options = {"patience": 5, "seconds": seconds, **FANOUT[case]}
            many = 1 + (count == "2")
            options["members"] = int(FANOUT[case]["members"] * size) * (1 if "rate" in options else many)
            try:
                with redis(), ExitStack() as held:
                    servers = [held.enter_context(running(name, None, **joined)) for _ in range(many)]
                    found = load(servers[0], options, others=servers[1:])
            except Absent as absent:
                found = {"absent": str(absent)}
            results[key][case] = found
            _tell(f"{key}, {case}", found)
    return results


def viewers(seconds: float, size: float) -> dict[str, Result]:
    """One thread with 10,000 viewers and 200 posts a second of 50 guests; 5,000 more, for whom there is no room; and
    only those, while little is said."""
    results: dict[str, Result] = {}
    many, more = int(10_000 * size), int(5_000 * size)
    frame = {"path": f"/socket?room={THREAD}&view=widget&lang=en"}
    say = {"message": f'{{"do":"post-message","room":"{THREAD}","body":"$text","cid":"$cid"}}', "seconds": seconds}
    crowd = {"members": many, "writers": min(50, many), "rate": 200, "warm": 3, "patience": 1, **frame, **say}
    alone = {"members": 1, "rate": 0.05, "path": f"/socket?room={THREAD}", **say}
    poll = {"polls": f"/embed/{THREAD.replace('.', '/')}", "members": more, "seconds": seconds, **frame}
    longer = {"seconds": seconds + POLLING}
    for name, room_for, options, meanwhile in (
        (f"{many:,} viewers", 0, crowd, None),
        (f"{many + more:,} viewers, room for {many:,}", many * 10 // 9 + 1, crowd | longer, poll),
        (f"{more:,} viewers, room for none", 1, alone | longer, poll),
    ):
        with TemporaryDirectory(prefix="webchat-benchmark-") as folder:
            _webchat(folder, "site", "add", "blog", "--origin", "https://blog.example")
            with running("webchat", Path(folder), WEBCHAT_SOCKETS=str(room_for)) as server:
                results[name] = load(server, options, meanwhile)
                results[name] |= {"kept": _said(server)}
        _tell(name, results[name])
    return results


def load(
    server: Server,
    options: Mapping[str, Any],
    meanwhile: Mapping[str, Any] | None = None,
    others: Sequence[Server] = (),
) -> Result:
    """Set a load upon a server, and ``others`` like it, from a core of its own; while it is measured ``meanwhile`` too,
    whose results are named ``answer_…``. Raises Absent if that fails."""
    command = ["taskset", "-c", cores()[1], sys.executable, "-m", "benchmarks.load"]
    for node in (server, *others):
        command += ["--port", str(node.port), "--pid", str(node.pid)]
    command += server.kind.speaks
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            command += [f"--{name}"] if one is True else [f"--{name}", str(one)]
    pipe, answers = subprocess.PIPE, Result()
    with subprocess.Popen(command, cwd=PEERS.parents[1], text=True, stdout=pipe, stderr=pipe) as process:
        assert process.stderr, "it is a pipe"
        said = process.stderr.readline()  # that it measures, or why it does not
        if meanwhile and said:
            answers = load(server, meanwhile)
        told, more = process.communicate()
    if process.returncode:
        raise Absent((said + more).strip().rpartition("\n")[2])
    result: Result = json.loads(told)
    return result | {f"answer_{name}": value for name, value in answers.items()}


@contextmanager
def _place(users: int) -> Iterator[tuple[Server, list[str]]]:
    """webchat with some users, the first an admin, and the cookies of their sessions."""
    with TemporaryDirectory(prefix="webchat-benchmark-") as folder:
        password = secrets.token_urlsafe(16)
        for number in range(users):
            more = ["--admin"] * (number == 0)
            _webchat(folder, "user", "add", f"user-{number}", "--password-stdin", *more, given=password)
        with running("webchat", Path(folder)) as server:
            yield server, [_sign_in(server, f"user-{number}", password) for number in range(users)]


def _webchat(folder: str, *command: str, given: str = "") -> None:
    """Run a command on a data folder."""
    environ = {**os.environ, "WEBCHAT_DATA": folder, "PYTHONPATH": str(PEERS.parents[1])}
    options: Any = {"input": given, "text": True, "env": environ, "capture_output": True, "check": True}
    subprocess.run([sys.executable, "-m", "webchat", *command], **options)


def _said(server: Server) -> int:
    """How many messages the thread's history has."""
    connection = HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/embed/{THREAD.replace('.', '/')}.json")
    return int(json.loads(connection.getresponse().read())["count"])


def _sign_in(server: Server, name: str, password: str) -> str:
    connection = HTTPConnection("127.0.0.1", server.port)
    headers = {"Origin": _origin(server), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", urlencode({"name": name, "password": password}), headers)
    return str(connection.getresponse().headers["Set-Cookie"]).partition(";")[0]


def _fill(server: Server, slugs: list[str], count: int) -> tuple[str, int]:
    """Post to rooms; the epoch, and the rev of the last room."""
    for slug in slugs:
        post = {"do": "post-message", "room": slug}
        told = _do(server, f"/socket?room={slug}", [post | {"body": f"This is message {n}"} for n in range(count)])
    epoch, _dot, rev = told.rpartition(".")
    return epoch, int(rev)


def _make_rooms(server: Server, cookie: str, count: int) -> None:
    commands = [{"do": "create-room", "room": f"room-{number}", "kind": "open"} for number in range(count)]
    _do(server, "/socket?room=lobby", commands, {"Cookie": cookie})


def _do(server: Server, path: str, commands: list[dict[str, str]], headers: dict[str, str] | None = None) -> str:
    """Give commands on a socket, some at once; the last position that it told by then."""
    at, acked = "", 0
    options: Any = {"additional_headers": headers, "origin": _origin(server), "compression": None, "max_size": None}
    with connect(f"ws://127.0.0.1:{server.port}{path}", **options) as socket:
        for given, command in enumerate([*commands, None]):
            while acked < (given if command is None else given - TOGETHER):
                told = str(socket.recv(30))
                acked += told.startswith('{"ack"')
                at = json.loads(told)["at"] if told.startswith('{"at"') else at
            if command is not None:
                socket.send(json.dumps({**command, "cid": secrets.token_urlsafe(16)}))
    return at


def _origin(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


def _tell(what: str, found: Result) -> None:
    click.echo(f"{what}: {json.dumps(found)}", err=True)
