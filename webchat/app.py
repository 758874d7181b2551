"""The application: its routes, its walls, its errors, and the only place where the parts are put together."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from urllib.parse import quote

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from webchat import commands as c, settings as settings_module
from webchat.broker import Broker
from webchat.bus.memory import MemoryBus
from webchat.chat import Chat, chores, people, repair
from webchat.chat.presence import Presence
from webchat.errors import Broken, Malformed, NotFound, Refused, SignInNeeded, TooLarge, sentence as _
from webchat.model import BOT, Repair
from webchat.settings import Settings
from webchat.store import Store, meta, rooms, users
from webchat.store.folder import only_server
from webchat.store.sqlite import open_sqlite
from webchat.web import admin, admission, entrance, health, pages, plain, revocation
from webchat.web.answers import UNREADABLE, redirect, refusal
from webchat.web.house import House, house
from webchat.web.limits import Limits
from webchat.web.render import Renderer
from webchat.web.security import Wall
from webchat.web.session import Sessions
from webchat.web.socket import SocketDoor

log = logging.getLogger("webchat")

FORM_LIMIT = 128 * 1024
"""The most bytes of a form: four for each character of the longest message, as forms write them, and some room."""

Endpoint = Callable[[Request], Awaitable[Response]]


def _page(endpoint: Endpoint) -> Endpoint:
    """A page of a place that was set up; before that, every page is the first run."""

    async def page(request: Request) -> Response:
        at = house(request)
        if not at.settings.open and not await at.store.read(people.is_set_up):
            return redirect(request, "/setup")
        return await endpoint(request)

    return page


async def _socket(websocket: WebSocket) -> None:
    door = websocket.app.state.door
    assert isinstance(door, SocketDoor)
    await door.enter(websocket)


async def _static(request: Request) -> Response:
    return await house(request).renderer.assets.respond(request)


ROUTES = (
    Route("/", _page(pages.home)),
    Route("/setup", entrance.setup, methods=["GET", "POST"]),
    Route("/sign-in", _page(entrance.sign_in), methods=["GET", "POST"]),
    Route("/sign-out", _page(entrance.sign_out), methods=["POST"]),
    Route("/join/{code}", _page(entrance.join), methods=["GET", "POST"]),
    Route("/admin", _page(admin.home)),
    Route("/admin/invitations", _page(admin.invitation_list)),
    Route("/rooms", _page(pages.room_list)),
    Route("/rooms/{slug}", _page(pages.room)),
    Route("/rooms/{slug}/m/{seq}", _page(pages.message)),
    Route("/direct/{name}", _page(pages.direct)),
    Route("/inbox", _page(pages.inbox)),
    Route("/settings", _page(pages.settings), methods=["GET", "POST"]),
    Route("/me/{name}.css", pages.my_style),
    Route("/do", _page(plain.do), methods=["POST"]),
    Route("/static/{hash}/{path:path}", _static),
    Route("/healthz", health.healthz),
    Route("/readyz", health.readyz),
    WebSocketRoute("/socket", _socket),
)


class Webchat(Starlette):
    """An ASGI application that is also the handle of a program that holds it: ``await chat.notify("ann", "Hello")``."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            routes=ROUTES,
            middleware=[
                Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4),
                Middleware(RequestBodyLimitMiddleware, max_body_size=FORM_LIMIT),
            ],
            exception_handlers={Refused: _refused, HTTPException: _not_found, Exception: _broken},
            lifespan=_lifespan,
        )
        self.settings = settings
        self.set_up = False
        self.setup_key = secrets.token_urlsafe(16)
        self._wall = Wall(super().__call__, settings)  # outside of everything, so that errors have its headers too
        self._ready: asyncio.Future[None] | None = None
        self._runner: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve. A mounted application's lifespan is run by nobody, so the first request starts it."""
        if scope["type"] != "lifespan" and not hasattr(self.state, "house"):
            await self._start()
        await self._wall(scope, receive, send)

    async def notify(self, user: str, text: str, title: str = "") -> int:
        """Tell a named user something: in all of the user's tabs now, and in the inbox until read.

        Returns:
            The notification's id.

        Raises:
            NotFound: there is no such user.
            Malformed: the text is empty or longer than 4,096 characters.
        """
        await self._start()
        at: House = self.state.house
        form = {"do": "send-notification", "user": user, "body": text, "title": title, "cid": secrets.token_urlsafe(16)}
        command = c.parse(form)
        bot = await at.store.read(lambda tx: users.by_id(tx, BOT))
        assert bot, "every database has the account"
        return int((await at.chat.perform(bot, command)).id)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the store and run what works in the background, until the block ends."""
        settings = self.settings
        settings_module.require_supported(settings)
        with only_server(settings.data), contextlib.closing(open_sqlite(settings.data / "webchat.db")) as store:
            renderer = Renderer(settings.base)
            broker = Broker(store.epoch, renderer, partial(_repair, store), partial(_heads, store))
            bus = MemoryBus(settings.data / "bus.sock", broker.publish, broker.gap_possible)
            presence = Presence(broker.publish)
            secret = await store.write(lambda tx: meta.once(tx, "secret", secrets.token_hex(32)))
            self.set_up = await store.read(people.is_set_up)
            if settings.open:
                await store.write(people.ensure_lobby)
            at = House(
                settings,
                store,
                Chat(store, bus.publish),
                presence,
                renderer,
                Sessions(store, bytes.fromhex(secret), settings),
                Limits(settings.limits),
                self.setup_key,
            )
            self.state.door = SocketDoor(
                broker,
                admission.admit,
                partial(admission.opening, at),
                partial(admission.perform, at),
                partial(admission.typing, at),
                partial(admission.charge, at),
                renderer.translate,
            )
            self.state.readiness = health.Readiness(store, lambda: bus.listening)
            async with anyio.create_task_group() as background:
                await background.start(broker.run)
                await background.start(bus.run)
                background.start_soon(presence.run)
                background.start_soon(chores.run, store)
                background.start_soon(revocation.run, at, broker)
                self.state.house = at
                try:
                    yield
                finally:
                    del self.state.house
                    await broker.close_all(1012)
                    background.cancel_scope.cancel()

    async def stop(self) -> None:
        """Stop an application that started itself. One that a server runs stops with it."""
        if self._runner:
            self._runner.cancel()
            await asyncio.wait([self._runner])

    async def _start(self) -> None:
        """Start once; everybody who comes meanwhile waits. Raises what starting raised."""
        if hasattr(self.state, "house"):
            return
        if self._ready is None or (self._runner and self._runner.done()):
            self._ready = asyncio.get_running_loop().create_future()
            self._runner = asyncio.create_task(self._run(self._ready), name="webchat")
        await asyncio.shield(self._ready)

    async def _run(self, ready: asyncio.Future[None]) -> None:
        try:
            async with self.running():
                ready.set_result(None)
                await anyio.sleep_forever()
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)


def create_app(settings: Settings | None = None) -> Webchat:
    """The application. Without settings it reads the environment. Nothing is opened before it is started."""
    return Webchat(settings or settings_module.from_environment())


def __getattr__(name: str) -> Webchat:
    """``webchat.app:app``, made from the environment for whoever asks for it, such as ``uvicorn webchat.app:app``."""
    if name != "app":
        raise AttributeError(name)
    return create_app()


def setup_link(app: Webchat, url: str) -> str:
    """The one-time link of the first run, for whoever can read the server's output; empty once it is set up."""
    return "" if app.settings.open or app.set_up else f"{url}/setup?key={app.setup_key}"


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    assert isinstance(app, Webchat)
    async with app.running():
        yield


async def _repair(store: Store, slug: str, rev: int | None, around: int | None) -> Repair:
    return await store.read(lambda tx: repair.since(tx, slug, rev, around))


async def _heads(store: Store, slugs: list[str]) -> dict[str, int]:
    return await store.read(lambda tx: rooms.heads(tx, slugs))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    visitor = await house(request).sessions.visitor(request)
    if isinstance(error, SignInNeeded) and request.method == "GET" and "hx-request" not in request.headers:
        path = request.scope["path"].removeprefix(house(request).settings.base)
        return redirect(request, f"/sign-in?next={quote(path)}")
    return await refusal(request, visitor, error)


async def _not_found(request: Request, error: Exception) -> Response:
    """What the router, the form's parser and the body limit raise: no such page, wrong method, too large, no form."""
    assert isinstance(error, HTTPException)
    at = house(request)
    if error.status_code == 404 and not at.settings.open and not await at.store.read(people.is_set_up):
        return redirect(request, "/setup")
    refused: Refused = NotFound(_("There is no such page."))
    if error.status_code == 413:
        refused = TooLarge(_("That is too large."))
    elif error.status_code == 400:
        refused = Malformed(UNREADABLE)
    elif error.status_code == 405:
        refused = Refused(_("This page cannot be asked for like that."))
    return await _refused(request, refused)


async def _broken(request: Request, error: Exception) -> Response:
    """Starlette logs the error after this answer; what is said tells nothing of it."""
    return await _refused(request, Broken(_("Something went wrong here. Try again in a moment.")))
