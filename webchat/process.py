"""The server process: what must be so before it starts, how uvicorn runs it, and what it says on the terminal."""

import asyncio
import contextlib
import errno
import gc
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator
from types import FrameType
from typing import Any

import msgspec
import uvicorn

from webchat import __version__, app as application, logs, workers
from webchat.errors import StartRefused
from webchat.http import Http
from webchat.settings import Settings
from webchat.web.incoming import LONGEST
from webchat.wire import Unlimited, Wire

DRAIN = 0.5
"""Seconds over which connections are told to go."""
SOON = 1.0
"""Seconds that those who come while the application starts just wait."""
EXCUSED = 5.0
"""Seconds that somebody may take to ask who comes before the application has started."""
TURNS = 10
"""In how many parts."""
SWITCH = 0.0005
"""Seconds that the event loop keeps the interpreter from the thread that commits. It takes a dozen turns for one
commit, and by Python's own 5 ms all of them together are longer than a room of a thousand takes to be told."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then return.

    Raises:
        StartRefused: the folder, the port, the database or the settings do not allow it.
    """
    logs.to_stderr(settings.log_format)
    sys.setswitchinterval(SWITCH)
    with contextlib.closing(_Listeners(settings.host, settings.port)) as listeners:
        settings = msgspec.structs.replace(settings, port=listeners.port)
        if settings.workers == 1:
            _work(settings, listeners.sockets)
            return
        workers.supervise(
            settings.workers,
            lambda start: _work(settings, listeners.sockets, start),
            lambda: print(f"webchat is ready at {settings.url}, with {settings.workers} workers", flush=True),
        )


def _work(settings: Settings, sockets: list[socket.socket], start: workers.Start | None = None) -> None:
    """Serve, as the only process or as one of the workers."""
    app = application.create_app(settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Http,
        ws=Wire if settings.limits else Unlimited,
        ws_max_size=2 * LONGEST,  # so that a frame that is a little too long is answered in words
        ws_per_message_deflate=False,
        ws_ping_interval=25,
        ws_ping_timeout=8,
        lifespan="off",  # `_Server` runs it
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_Listeners.BACKLOG,
        timeout_graceful_shutdown=2,  # with what comes after it, five seconds in all
    )
    if config.workers > 1 and settings.bus == "memory:":
        raise StartRefused(
            f"WEB_CONCURRENCY asks for {config.workers} processes, which the memory: bus does not join. Unset it."
        )
    _raise_file_limit()
    _stop_quietly()
    _Server(config, settings, start).run(sockets)


class _Listeners:
    """The bound sockets, one for each address of the host, all on one port. Close them.

    What they accept is given up by the kernel when nothing that was sent is acknowledged for ``SILENT`` milliseconds.
    The kernel takes ``UNSENT`` bytes that it cannot send yet, so that we see who is behind, and not megabytes.
    """

    BACKLOG = 8192
    SILENT = 30_000
    UNSENT = 256 * 1024

    def __init__(self, host: str, port: int) -> None:
        self.port = port
        self.sockets: list[socket.socket] = []
        try:
            found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except (OSError, UnicodeError):
            raise StartRefused(f"There is no address {host!r} on this machine.") from None
        for family, address in dict.fromkeys((family, address[0]) for family, _, _, _, address in found):
            try:
                bound = socket.create_server((address, self.port), family=family, backlog=self.BACKLOG)
            except OSError as error:
                self.close()
                raise StartRefused(_why_not(error, host, self.port)) from None
            if sys.platform == "linux":
                bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self.SILENT)
                bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, self.UNSENT)
            self.sockets.append(bound)
            self.port = bound.getsockname()[1]

    def close(self) -> None:
        """Let go of the port."""
        for bound in self.sockets:
            bound.close()


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} of {host} is taken. Stop what listens there, or choose another with --port."
        case errno.EACCES:
            return f"Port {port} needs privileges that this user does not have. Choose one above 1023 with --port."
        case errno.EADDRNOTAVAIL:
            return f"The address {host} is not one of this machine's."
        case _:
            return f"Cannot listen on port {port} of {host}: {error.strerror}."


class _Server(uvicorn.Server):
    """uvicorn's server, which runs the app's lifespan around itself, so that what is wrong at start is raised and not
    logged, and what fails later ends the process instead of leaving it half alive."""

    def __init__(self, config: uvicorn.Config, settings: Settings, start: workers.Start | None) -> None:
        super().__init__(config)
        self._settings = settings
        self._start = start
        self._living = contextlib.AsyncExitStack()
        self._starting: asyncio.Task[Any] | None = None

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        async with self._living:
            await super()._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then accept connections, then say so."""
        app: Any = self.config.app
        if self._start:
            asyncio.get_running_loop().add_reader(self._start.parent, self._alone)
        # Once one worker works, none of the others answers for it.
        waiting = sockets if sockets and (not self._start or self._start.first) else []
        async with _excused(waiting, f"{self._settings.base}/healthz"):
            self._starting = asyncio.current_task()
            try:
                state = await self._living.enter_async_context(app.router.lifespan_context(app))
            except asyncio.CancelledError:
                if not self.should_exit or not self._starting:
                    raise
                self._starting.uncancel()
                return  # uvicorn sees that it should exit
            finally:
                self._starting = None
        self.lifespan.state.update(state or {})
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again
        gc.set_threshold(2_000, 10, 2_000)  # what lasts is looked at twice, in small parts: nobody waits for it long
        if not self._start or self._start.first:
            self._announce(app)
        if self._start:
            self._start.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that it should end. While it waits for its database or its bus, it ends at once."""
        super().handle_exit(sig, frame)
        if self._starting:
            self._starting.get_loop().call_soon_threadsafe(self._give_up)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the connections, if there are any, wait a moment for their tasks; the app's lifespan ends after it.

        Nobody is let in any more, and those who are there are sent away some at a time, so that they do not all come
        to the next server in the same moment.
        """
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        connections = list(self.server_state.connections)
        for turn in range(TURNS if connections else 0):
            for connection in connections[turn::TURNS]:
                connection.shutdown()
            await asyncio.sleep(DRAIN / TURNS)
        await super().shutdown(sockets)
        left = [task for task in self.server_state.tasks if not task.done()]
        if left:  # those were cancelled; let them end while what they use is still there
            await asyncio.wait(left, timeout=0.5)

    def _give_up(self) -> None:
        if self._starting:  # not meanwhile started
            self._starting.cancel()

    def _announce(self, app: Any) -> None:
        settings = self._settings
        url = settings.url
        print(f"webchat {__version__}, data in {settings.data.resolve()}")
        if settings.open:
            print("*** OPEN: anyone who can reach this address may enter, read and write. Not for the internet. ***")
        if not settings.limits:
            print("*** WEBCHAT_LIMITS=off: no rates and no caps. For load tests only. ***")
        if link := application.setup_link(app, url):
            print(f"To set it up, open {link}")
        if not self._start:
            print(f"webchat is ready at {url}")
        sys.stdout.flush()

    def _alone(self) -> None:
        """Nobody looks after this worker any more."""
        asyncio.get_running_loop().remove_reader(self._start.parent if self._start else -1)
        self.should_exit = True


@contextlib.asynccontextmanager
async def _excused(sockets: list[socket.socket], alive: str) -> AsyncIterator[None]:
    """Tell those who come before the application has started, as it may wait for its database, that it is not ready.
    Whoever asks at ``alive``, or there without a path before it, is told that the process lives."""

    async def excuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            async with asyncio.timeout(EXCUSED):
                asked = (await reader.readline()).split()
                while len(await reader.readline()) > 2:
                    pass
                good = b"".join(asked[1:2]) in (alive.encode(), b"/healthz")
                said = b"ok" if good else b"The server is starting: it waits for its database or its bus."
                head = f"HTTP/1.1 {'200 OK' if good else '503 Service Unavailable'}\r\nRetry-After: 2\r\n"
                head += f"Content-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: {len(said)}\r\n"
                writer.write(f"{head}Connection: close\r\n\r\n".encode() + said)
                await writer.drain()
        writer.close()

    listening: list[asyncio.Server] = []

    async def listen() -> None:
        await asyncio.sleep(SOON)
        for copy in [listener.dup() for listener in sockets]:
            server = await asyncio.start_server(excuse, sock=copy, backlog=_Listeners.BACKLOG)
            listening.append(server)

    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        for server in listening:
            server.close()


def _raise_file_limit() -> None:
    """Each connection is a file; the usual soft limit of 1,024 is for programs that use select()."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited" and does not mean it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _stop_quietly() -> None:
    """uvicorn shuts down on these signals and then raises them again, which would end the process as if killed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
