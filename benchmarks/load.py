"""The load: connections that write and receive, or pages that are asked for, and what came of it as one JSON object.

It reads the server's CPU and memory from /proc, so both run on one Linux machine, best on a core each. Its own share of
its core is in the result: where ``load_cpu`` is near 1, the load was measured and not the server.
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import perf_counter, perf_counter_ns, process_time
from typing import Any

from benchmarks.crowd import Crowd
from benchmarks.polls import Polls


def usages(pids: Sequence[int]) -> tuple[float, int]:
    """`usage` of several together."""
    found = [usage(pid) for pid in pids]
    return sum(seconds for seconds, _bytes in found), sum(size for _seconds, size in found)


def usage(pid: int) -> tuple[float, int]:
    """The seconds of CPU that a process has used, in all threads, and its bytes in memory."""
    process = Path(f"/proc/{pid}")
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    pages = int((process / "statm").read_text().split()[1])
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), pages * resource.getpagesize()


def percentiles(times: Counter[int], prefix: str = "") -> dict[str, float]:
    """The milliseconds that half and 99 % of some times, in nanoseconds, keep, and the longest."""
    total, passed, wanted = times.total(), 0, {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    found = {}
    for time in sorted(times):
        passed += times[time]
        for name in [name for name, part in wanted.items() if passed >= part * total]:
            found[prefix + name] = round(time / 1e6, 3)
            del wanted[name]
    return found


def talk(options: argparse.Namespace) -> dict[str, Any]:
    """Open connections, and unless ``seconds`` is 0 let them write."""
    crowd = Crowd(options)
    _cpu, memory = usages(options.pid)
    began = perf_counter()
    crowd.dial()
    seconds, count = perf_counter() - began, len(crowd.members)
    crowd.run(options.settle)
    told: dict[str, Any] = {
        "connections": count,
        "connects_per_s": round(count / seconds),
        **percentiles(crowd.dials, "open_"),
        "kb_per_connection": round((usages(options.pid)[1] - memory) / 1024 / count, 1),
    }
    if not options.seconds:
        return told
    gc.freeze()
    crowd.begin()
    crowd.run(options.warm)
    print("Measuring.", file=sys.stderr, flush=True)
    sent, (cpu, _memory), own, crowd.since = sum(crowd.sent), usages(options.pid), process_time(), perf_counter_ns()
    crowd.run(options.seconds)
    crowd.writing, seconds = False, (perf_counter_ns() - crowd.since) / 1e9
    cpu, own, sent = usages(options.pid)[0] - cpu, process_time() - own, sum(crowd.sent) - sent
    deliveries = sum(chunk.receipts * len(chunk.counted) for chunk in crowd.chunks)
    latencies = percentiles(crowd.latencies)
    missing = crowd.drain()
    return told | {
        "sent": sum(crowd.sent),
        "posts_per_s": round(sent / seconds, 1),
        "deliveries_per_s": round(deliveries / seconds),
        **latencies,
        "cpu_us_per_delivery": round(cpu * 1e6 / deliveries, 3) if deliveries else None,
        "cpu": round(cpu / seconds, 3),
        "load_cpu": round(own / seconds, 3),
        "memory_mb": round(usages(options.pid)[1] / 2**20, 1),
        "lost": missing,
    }


def pages(options: argparse.Namespace) -> dict[str, Any]:
    """Ask for a page over and over, on as many connections as there are ``members``."""
    headers = {"Accept-Encoding": "gzip" if options.gzip else "identity"}
    if options.cookie:
        headers["Cookie"] = options.cookie[0]
    end, times = perf_counter() + options.seconds, Counter[int]()

    def ask(_number: int) -> int:
        connection, size = HTTPConnection("127.0.0.1", options.port[0]), 0
        while perf_counter() < end:
            began = perf_counter_ns()
            connection.request("GET", options.path, headers=headers)
            answer = connection.getresponse()
            size = len(answer.read())
            if answer.status != 200:
                raise ConnectionError(f"The page's status is {answer.status}.")
            times[perf_counter_ns() - began] += 1
        return size

    cpu = usages(options.pid)[0]
    with ThreadPoolExecutor(options.members) as pool:
        sizes = list(pool.map(ask, range(options.members)))
    cpu = usages(options.pid)[0] - cpu
    count = times.total()
    return {
        "pages_per_s": round(count / options.seconds),
        **percentiles(times),
        "bytes": sizes[0],
        "cpu_us_per_page": round(cpu * 1e6 / count),
        "cpu": round(cpu / options.seconds, 3),
    }


def polls(options: argparse.Namespace) -> dict[str, Any]:
    """Come to a thread that has no connections left, as many as there are ``members``, and poll it."""
    asked, cpu, own = Polls(options), usages(options.pid)[0], process_time()
    began = perf_counter()
    asyncio.run(asked.run())
    seconds, count = perf_counter() - began, asked.statuses.total()
    return {
        "refused": asked.refused,
        "polls": count,
        "polls_per_s": round(count / seconds),
        **percentiles(asked.times),
        "unchanged": round(asked.statuses[304] / max(1, count), 3),
        "wrong": asked.wrong,
        "kb_per_poll": round(asked.bytes / 1024 / max(1, count), 2),
        "cpu": round((usages(options.pid)[0] - cpu) / seconds, 3),
        "load_cpu": round((process_time() - own) / seconds, 3),
    }


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser("python -m benchmarks.load", description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--port", type=int, action="append", required=True, help="connections go to several in turn")
    add("--pid", type=int, action="append", required=True, help="the processes of the servers")
    add("--path", default="/ws", help="$room and $number (of the connection) are filled in")
    add("--message", default="$text", help="what is sent: $text, $cid (new each time) and $room are filled in")
    add("--bytes", type=int, default=200, help="characters of a message, beside 23 of its marker")
    add("--rooms", type=int, default=1)
    add("--members", type=int, default=100, help="connections in each room")
    add("--writers", type=int, default=1, help="members of each room who write")
    add("--window", type=int, default=1, help="messages that each writer keeps under way")
    add("--rate", type=float, default=0, help="instead of a window: messages a second, of all writers together")
    add("--patience", type=float, default=30, help="seconds that messages may take after the last was sent")
    add("--seconds", type=float, default=5, help="how long to measure; 0 only opens the connections")
    add("--warm", type=float, default=1, help="seconds of load before that")
    add("--settle", type=float, default=1, help="seconds without load before that")
    add("--dialling", type=int, default=50, help="connections opened at once")
    add("--cookie", action="append", default=[], help="a Cookie header; several are used in turn")
    add("--ready", default="", help="a connection is open once it received a frame with this in it")
    add("--hello", default="", help="a text sent first")
    add("--engine-io", action="store_true", help='answer "2" with "3", as engine.io asks')
    add("--pages", action="store_true", help="ask for pages at --path instead")
    add("--polls", default="", help="ask for what is new in the thread at this path instead, refused at --path")
    add("--gzip", action="store_true", help="let pages be compressed")
    return parser


def main() -> None:
    """Measure, and print a JSON object."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.disable()
    options = parser().parse_args()
    try:
        measured = polls if options.polls else pages if options.pages else talk
        print(json.dumps(measured(options)))
    except (OSError, HTTPException) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
