"""The server process: what must be so before it starts, how uvicorn runs it, and what it says on the terminal."""

import asyncio
import contextlib
import errno
import gc
import resource
import signal
import socket
import sys
from typing import Any

import msgspec
import uvicorn

from webchat import __version__, app as application, logs
from webchat.errors import StartRefused
from webchat.settings import Settings
from webchat.web.incoming import LONGEST
from webchat.wire import Unlimited, Wire


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then return.

    Raises:
        StartRefused: the folder, the port, the database or the settings do not allow it.
    """
    logs.to_stderr(settings.log_format)
    with contextlib.closing(_Listeners(settings.host, settings.port)) as listeners:
        settings = msgspec.structs.replace(settings, port=listeners.port)
        app = application.create_app(settings)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
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
            timeout_graceful_shutdown=4,
        )
        if config.workers > 1 and settings.bus == "memory:":
            raise StartRefused(
                f"WEB_CONCURRENCY asks for {config.workers} processes, which the memory: bus does not join. Unset it."
            )
        _raise_file_limit()
        _stop_quietly()
        _Server(config, settings).run(listeners.sockets)


class _Listeners:
    """The bound sockets, one for each address of the host, all on one port. Close them."""

    BACKLOG = 8192

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

    def __init__(self, config: uvicorn.Config, settings: Settings) -> None:
        super().__init__(config)
        self._settings = settings
        self._living = contextlib.AsyncExitStack()

    async def _serve(self, sockets: list[socket.socket] | None = None) -> None:
        async with self._living:
            await super()._serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the app, then accept connections, then say so."""
        app: Any = self.config.app
        state = await self._living.enter_async_context(app.router.lifespan_context(app))
        self.lifespan.state.update(state or {})
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not look at it again
        self._announce(app)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the connections, wait a moment for their tasks; the app's lifespan ends after it."""
        await super().shutdown(sockets)
        left = [task for task in self.server_state.tasks if not task.done()]
        if left:  # those were cancelled; let them end while what they use is still there
            await asyncio.wait(left, timeout=0.5)

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
        print(f"webchat is ready at {url}", flush=True)


def _raise_file_limit() -> None:
    """Each connection is a file; the usual soft limit of 1,024 is for programs that use select()."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says "unlimited" and does not mean it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _stop_quietly() -> None:
    """uvicorn shuts down on these signals and then raises them again, which would end the process as if killed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
