"""The application: its routes, its walls, its errors, and the only place where the parts are put together."""

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import AsyncIterator, Awaitable
from functools import partial

import anyio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from webchat import commands as c, settings as settings_module, works
from webchat.broker import Broker
from webchat.broker.pace import Paces
from webchat.chat import Chat, nodes, people, repair
from webchat.chat.decisions import Links
from webchat.chat.presence import Presence
from webchat.hearing import Hearing
from webchat.metrics import Metrics
from webchat.model import BOT
from webchat.routes import ROUTES
from webchat.settings import Settings
from webchat.store import Store, meta, users
from webchat.store.folder import at_work, only_server, server_id
from webchat.store.opening import wait_for_store
from webchat.web import (
    doors,
    entrance,
    exposition,
    health,
    mail,
    push,
    refusals,
    weather,
)
from webchat.web.attempts import Attempts
from webchat.web.drawings import Drawings
from webchat.web.house import House
from webchat.web.limits import Limits
from webchat.web.placing import placed
from webchat.web.relisting import Relisting
from webchat.web.render import Renderer
from webchat.web.rush import Rush
from webchat.web.security import Wall
from webchat.web.session import Sessions
from webchat.web.sizes import Sizes
from webchat.web.surfaces import is_thinned
from webchat.web.tails import Tails
from webchat.web.views import Views

log = logging.getLogger("webchat")

OWN = frozenset(route.path.split("/")[1] for route in ROUTES if isinstance(route, Route | WebSocketRoute))
"""The first parts of all paths."""
SOCKETS = tuple(route for route in ROUTES if isinstance(route, WebSocketRoute))
"""The routes of connections."""
FORM_LIMIT = 128 * 1024
"""The most bytes of a form: four for each character of the longest message, as forms write them, and some room."""


class Webchat(Starlette):
    """An ASGI application that is also the handle of a program that holds it: ``await chat.notify("ann", "Hello")``."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            routes=ROUTES,
            middleware=[
                Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4),
                Middleware(RequestBodyLimitMiddleware, max_body_size=FORM_LIMIT),
            ],
            exception_handlers=refusals.HANDLERS,
            lifespan=_lifespan,
        )
        self.settings = settings
        self.set_up = False
        self.setup_key = secrets.token_urlsafe(16)
        self.metrics = Metrics()
        # Outside of everything, so that errors have its headers too.
        self._wall = Wall(self._inside, settings, self.metrics)
        self._ready: asyncio.Future[None] | None = None
        self._runner: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve. A mounted application's lifespan is run by nobody, so the first request starts it."""
        if scope["type"] != "lifespan" and not hasattr(self.state, "house"):
            await self._start()
        if scope["type"] == "http" and scope["method"] == "HEAD":  # answered as GET is; the server leaves out the body
            scope = {**scope, "method": "GET"}
        if scope["type"] != "lifespan":
            scope = placed(scope, self.settings.base, OWN)
        await self._wall(scope, receive, send)

    def _inside(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Go past the middleware and the router with sockets: they do nothing to any, but would wait for each, and look
        for it among all pages."""
        if scope["type"] == "websocket":
            for route in SOCKETS:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found, app=self)
                    return route.app(scope, receive, send)
        return super().__call__(scope, receive, send)

    async def notify(self, user: str | list[str], text: str, **more: object) -> int:
        """Tell a named user, or several, something: in all of their tabs now, and in the inbox from then on.

        ``more`` is any other field of ``send-notification``, such as ``title`` or ``key``. Returns its id.

        Raises:
            NotFound: there is no such user.
            Malformed: the text is empty or longer than 4,096 characters, or a field is wrong.
        """
        whom = {"user": user} if isinstance(user, str) else {"users": user}
        return int(await self._ask("send-notification", {**more, **whom, "body": text}))

    async def retract(self, user: str, key: str) -> None:
        """Take back what a user has, or would be told, under a key. Raises NotFound if there is nothing."""
        await self._ask("retract-notification", {"user": user, "key": key})

    async def _ask(self, do: str, form: dict[str, object]) -> int | str:
        await self._start()
        at: House = self.state.house
        command = c.parse({**form, "do": do, "cid": secrets.token_urlsafe(16)})
        bot = await at.store.read(lambda tx: users.by_id(tx, BOT))
        assert bot, "every database has the account"
        return (await at.chat.perform(bot, command)).id

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open the store and run what works in the background, until the block ends."""
        settings, metrics = self.settings, self.metrics
        settings_module.require_supported(settings)
        alone = not settings.store or settings.bus == "memory:"
        with (
            only_server(settings.data) if alone else at_work(settings.data),
            contextlib.closing(await wait_for_store(settings.store, settings.data, metrics)) as store,
        ):
            renderer = Renderer(settings.base, file_limit=settings.file_limit)
            hearing = Hearing()
            bus = await hearing.bus(settings, store.epoch)
            paces = Paces(settings.fast_chat, is_thinned)
            read = (partial(repair.load, store), partial(repair.heads, store), partial(repair.anew, store))
            broker = Broker(
                store.epoch, Views(renderer), *read, metrics=metrics, heard=bus.hear, share=bus.publish, paces=paces
            )
            presence = Presence(broker.publish, node=bus.node, tell=bus.tell)
            renderer.presence = presence.state
            # Workers share a folder, and each is there for itself: one that ends speaks for none of the others.
            name = server_id(settings.data) + (f".{os.getpid()}" if settings.workers > 1 else "")
            node = (store, name, settings.bus) if settings.store else None
            if node:
                await nodes.enter(*node)
            secret = await self._moved_in(store)
            at = House(
                settings,
                store,
                Chat(store, bus.publish, metrics, settings.hook_hosts),
                presence,
                renderer,
                Sessions(store, bytes.fromhex(secret), settings),
                Limits(settings.limits, tell=bus.tell, sockets=settings.sockets, rush=Rush(settings.slow_chat)),
                Attempts(settings.limits, tell=bus.tell),
                self.setup_key,
                weather.Weather(store, lambda: bus.listening),
                paces,
                Tails(store, renderer),
                Drawings(),
                Links(bytes.fromhex(secret)),
                Sizes(),
                await push.opened(settings, store),
                mail.opened(settings),
            )
            opened = self.state.doors = doors.opened(at, broker, metrics, bus)
            relisting = Relisting(store, broker)
            hearing.give_to(broker, presence, at.attempts, at.limits, opened, relisting)
            self.state.exposition = exposition.Exposition(metrics, settings)
            self.state.readiness = health.Readiness(store, lambda: bus.listening or settings.bus != "memory:")
            async with anyio.create_task_group() as background:
                await background.start(broker.run)
                await background.start(bus.run)
                for work in works.all_of(at, broker, opened, bus, node):
                    background.start_soon(work)
                background.start_soon(relisting.run)
                self.state.house = at
                try:
                    yield
                finally:
                    del self.state.house
                    await broker.close_all(1012)
                    background.cancel_scope.cancel()

    async def _moved_in(self, store: Store) -> str:
        """Make what every place has, if it is not there yet; its secret."""
        secret = await store.write(lambda tx: meta.once(tx, "secret", secrets.token_hex(32)))
        self.setup_key = entrance.setup_key(secret)
        self.set_up = await store.read(people.is_set_up)
        if self.settings.open:
            await store.write(people.ensure_lobby)
        return secret

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
        finally:
            ready.cancel()  # stopped while it started: whoever waits for it need not any more


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
