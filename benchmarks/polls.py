"""Many who are refused a connection, and ask for what is new every few seconds instead, as the frame's script does."""

import argparse
import asyncio
import random
from asyncio import sleep
from collections import Counter
from time import perf_counter, perf_counter_ns

EVERY = 5.0
"""Seconds between two polls of one, give or take a quarter."""
COMING = 30.0
"""Seconds within which all come."""
ADDRESSES = 200
"""Addresses of this machine that they come from, since each has only so many ports."""
PATIENCE = 30.0


class Polls:
    """All who poll, and what they were answered: how often with each status, how many bytes, and after how long.
    ``wrong`` are those that should not have been."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.statuses: Counter[int] = Counter()
        self.times: Counter[int] = Counter()
        self.refused = self.wrong = self.bytes = 0
        self._end = 0.0

    async def run(self) -> None:
        """Come one after another, and poll until some seconds after the last has come."""
        self._end = perf_counter() + COMING + self.options.seconds
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.options.members):
                tasks.create_task(self._visit(number))

    async def _visit(self, number: int) -> None:
        await sleep(random.uniform(0, COMING))  # noqa: S311 - no secret
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        status, _head = await self._ask(
            number, self.options.path, f"{upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        )
        self.refused += status == 503
        thread = self.options.polls
        page, _head = await self._ask(number, thread)
        self.wrong += (status != 503) + (page != 200)
        etag, polled = "", False
        while not polled or perf_counter() < self._end:
            polled = True
            began = perf_counter_ns()
            status, head = await self._ask(number, f"{thread}/tail?lang=en", f"If-None-Match: {etag}")
            self.times[perf_counter_ns() - began] += 1
            self.statuses[status] += 1
            self.wrong += status not in (200, 304)
            etag = head.get("etag", "")
            await sleep(EVERY * random.uniform(0.75, 1.25))  # noqa: S311 - no secret

    async def _ask(self, number: int, path: str, headers: str = "Connection: close") -> tuple[int, dict[str, str]]:
        """The status and the headers of an answer; 0 where there is none."""
        host = f"127.0.0.1:{self.options.port[0]}"
        try:
            async with asyncio.timeout(PATIENCE):
                near = (f"127.0.0.{number % ADDRESSES + 2}", 0)
                reader, writer = await asyncio.open_connection("127.0.0.1", self.options.port[0], local_addr=near)
                asked = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nAccept-Encoding: gzip\r\n"
                writer.write(f"{asked}{headers}\r\n\r\n".encode())
                answer = await reader.read()
                writer.close()
        except (OSError, TimeoutError):
            return 0, {}
        self.bytes += len(answer)
        first, *lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        return int(first.split()[1]), {
            name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)
        }
