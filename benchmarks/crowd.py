"""Many WebSocket connections in one process, some of which write, and what all of them receive.

A message carries a marker, ``^T`` and the nanosecond it was sent at and ``^``. Whatever a server wraps around messages,
and however many it puts into one frame, each marker that a connection receives is one delivery.
"""

import argparse
import re
import select
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from string import Template
from time import perf_counter, perf_counter_ns

MARKER = re.compile(rb"\^T(\d{20})\^")
FILLER = "the quick brown fox jumps over the lazy dog and runs " * 200
BUFFER = bytearray(2**18)
PATIENCE = 30.0
"""Seconds that opening the connections may go without one."""
NEVER = 2**63
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
PLAIN = 0x80 | TEXT


class Chunk:
    """Some bytes that are received by many, of whole frames: the markers in them, those of them that were sent while
    the load was measured, and how often they came."""

    __slots__ = ("counted", "data", "receipts", "stamps")

    def __init__(self, data: bytearray, since: int) -> None:
        self.data = data
        self.stamps = [int(stamp) for stamp in MARKER.findall(data)]
        self.counted = [stamp for stamp in self.stamps if stamp >= since]
        self.receipts = 0


class Member:
    """One WebSocket connection. ``got`` counts the messages it received; ``waiting`` holds those that a writer sent and
    has not seen yet."""

    def __init__(self, crowd: "Crowd", number: int) -> None:
        self.crowd = crowd
        self.number = number
        self.room = number // crowd.options.members
        self.got = 0
        self.began = perf_counter_ns()
        self.waiting: set[int] | None = None
        self._far = crowd.is_far(number)
        self._open = False
        self._rest = bytearray()
        self._out = b""
        self.socket = socket.create_connection(("127.0.0.1", crowd.port(number)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._receive = self.socket.recv_into
        self._write(crowd.handshake(number, self.room))

    def read(self) -> None:
        """Take what has come. For most deliveries this is all that is done."""
        try:
            size = self._receive(BUFFER)
        except BlockingIOError:
            return
        if not size:
            raise ConnectionError("The server closed a connection.")
        data = BUFFER[:size]
        chunk = self.crowd.last
        if self._rest or self.began or chunk.data != data:
            found = self._whole(data)
            if found is None:
                return
            chunk = found
        self.got += len(chunk.stamps)
        chunk.receipts += 1
        if self._far and chunk.counted and not chunk.receipts % self.crowd.sampling:
            self.crowd.sample(chunk)
        if self.waiting:
            self._go_on(self.waiting.intersection(chunk.stamps))

    def post(self) -> None:
        """Send a message."""
        crowd = self.crowd
        crowd.stamp = stamp = max(perf_counter_ns(), crowd.stamp + 1)
        if self.waiting is not None:
            self.waiting.add(stamp)
        crowd.sent[self.room] += 1
        body = f"{crowd.filler}^T{stamp:020d}^"
        self._say(TEXT, crowd.message.substitute(text=body, cid=f"cid-{stamp:020d}", room=self.room).encode())

    def flush(self) -> None:
        """Send what the server did not take before."""
        with suppress(BlockingIOError):
            self._out = self._out[self.socket.send(self._out) :]
        if self._out:
            self.crowd.stuck.add(self)

    def _go_on(self, done: set[int]) -> None:
        assert self.waiting is not None, "it is a writer"
        self.waiting -= done
        if self.crowd.writing:
            for _ in done:
                self.post()

    def _whole(self, data: bytearray) -> Chunk | None:
        """The whole frames that have come, if there are any with messages."""
        self._rest += data
        if not self._open:
            head, blank, rest = self._rest.partition(b"\r\n\r\n")
            if not blank:
                return None
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(f"Refused: {head[:20].decode()}")
            self._open, self._rest = True, rest
            if self.crowd.options.hello:
                self._say(TEXT, self.crowd.options.hello.encode())
            if not self.crowd.ready:
                self.crowd.opened(self)
        end = self._end()
        whole, self._rest = self._rest[:end], self._rest[end:]
        return self.crowd.find(whole) if whole else None

    def _end(self) -> int:
        """Where the last whole frame ends. Those that are no plain messages are answered."""
        data, have, at = self._rest, len(self._rest), 0
        while have - at >= 2:
            size, start = data[at + 1], at + 2
            if size > 125:
                start = at + (4 if size == 126 else 10)
                size = int.from_bytes(data[at + 2 : start])
            if start + size > have:
                break
            if data[at] != PLAIN or size == 1 or self.began:
                self._hear(data[at] & 15, data[start : start + size])
            at = start + size
        return at

    def _hear(self, code: int, payload: bytearray) -> None:
        if code == CLOSE:
            raise ConnectionError(f"Closed with {int.from_bytes(payload[:2])}.")
        if code == PING:
            self._say(PONG, payload)
        elif self.crowd.options.engine_io and payload == b"2":
            self._say(TEXT, b"3")
        elif self.crowd.ready and self.began and self.crowd.ready in payload:
            self.crowd.opened(self)

    def _say(self, code: int, payload: bytes | bytearray) -> None:
        size = len(payload)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._write(bytes((0x80 | code,)) + length + bytes(4) + payload)  # a mask of zeros

    def _write(self, data: bytes) -> None:
        self._out += data
        self.flush()


class Crowd:
    """All connections, and what they received together."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.message, self.path = Template(options.message), Template(options.path)
        self.filler = FILLER[: options.bytes]
        self.ready = options.ready.encode()
        self.members: dict[int, Member] = {}
        self.sent = [0] * options.rooms
        self.stamp, self.since, self.writing = 0, NEVER, False
        self.chunks: list[Chunk] = []
        self.last = Chunk(bytearray(), NEVER)
        self.sampling = 8 if options.members > 64 else 1
        self.latencies: Counter[int] = Counter()
        self.dials: Counter[int] = Counter()
        self.stuck: set[Member] = set()
        self._known: dict[int, Chunk] = {}
        self._poll = select.epoll()
        self._tick: Callable[[], float] | None = None

    def dial(self) -> None:
        """Open all connections, some at once."""
        options = self.options
        for number in range(options.rooms * options.members):
            member = Member(self, number)
            self.members[member.socket.fileno()] = member
            self._poll.register(member.socket, select.EPOLLIN)
            self._wait_for_all_but(options.dialling - 1)
        self._wait_for_all_but(0)

    def opened(self, member: Member) -> None:
        """Note that a connection is open."""
        self.dials[perf_counter_ns() - member.began] += 1
        member.began = 0

    def port(self, number: int) -> int:
        """Where a connection goes: to the servers in turn, and so do the writers. The first one writes to the first."""
        ports: list[int] = self.options.port
        return ports[(number + number // self._step()) % len(ports)]

    def is_far(self, number: int) -> bool:
        """Whether a connection goes to the last server, where a single writer is not, unless there is only one."""
        return self.port(number) == int(self.options.port[-1])

    def handshake(self, number: int, room: int) -> bytes:
        """What a connection asks for."""
        host, cookies = f"127.0.0.1:{self.port(number)}", self.options.cookie
        cookie = f"Cookie: {cookies[number % len(cookies)]}\r\n" if cookies else ""
        return (
            f"GET {self.path.substitute(room=room, number=number)} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{cookie}\r\n"
        ).encode()

    def find(self, data: bytearray) -> Chunk:
        """What is known of these bytes. The same come to many, so the last of each length are remembered."""
        chunk = self._known.get(len(data))
        if chunk is None or chunk.data != data:
            chunk = self._known[len(data)] = Chunk(data, self.since)
            if chunk.counted:
                self.chunks.append(chunk)
            if len(self._known) > 200:
                self._known.clear()
        self.last = chunk
        return chunk

    def sample(self, chunk: Chunk) -> None:
        """Note the latency of one of the messages, another each time. It stands for all."""
        stamp = chunk.counted[chunk.receipts // self.sampling % len(chunk.counted)]
        self.latencies[perf_counter_ns() - stamp] += len(chunk.counted)

    def begin(self) -> None:
        """Let the writers write: each keeps a window of messages under way, or all take turns at a rate."""
        options = self.options
        step = self._step()
        writers = [member for member in self.members.values() if member.number % options.members % step == 0]
        self.writing = True
        if options.rate:
            turns, due = cycle(writers), perf_counter()

            def tick() -> float:
                nonlocal due
                while self.writing and due <= perf_counter():
                    next(turns).post()
                    due += 1 / options.rate
                return min(0.05, max(0.0, due - perf_counter()))

            self._tick = tick
        else:
            for writer in writers:
                writer.waiting = set()
                for _ in range(options.window):
                    writer.post()

    def run(self, seconds: float, done: Callable[[], bool] | None = None) -> None:
        """Read and write for some seconds, or until it is done."""
        end = perf_counter() + seconds
        members, poll = self.members, self._poll.poll
        while perf_counter() < end and not (done and done()):
            for file, _events in poll(self._tick() if self._tick else 0.05):
                members[file].read()
            if self.stuck:
                stuck, self.stuck = self.stuck, set()
                for member in stuck:
                    member.flush()

    def drain(self) -> int:
        """Wait until everybody has received everything; how many deliveries are missing if some do not come."""
        late = perf_counter() + self.options.patience
        while (missing := self._missing()) and perf_counter() < late:
            self.run(0.1)
        return missing

    def _step(self) -> int:
        """Of so many members one writes."""
        return int(self.options.members // self.options.writers)

    def _missing(self) -> int:
        return sum(self.sent[member.room] - member.got for member in self.members.values())

    def _wait_for_all_but(self, most: int) -> None:
        def enough() -> bool:
            return len(self.members) - self.dials.total() <= most

        self.run(PATIENCE, enough)
        if not enough():
            raise TimeoutError(f"{len(self.members) - self.dials.total()} connections do not open.")
