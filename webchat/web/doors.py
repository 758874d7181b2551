"""The doors that stay open, put together: what each of them is given, and where it is."""

from collections.abc import Awaitable, Mapping
from functools import partial

from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from webchat.broker import Broker
from webchat.bus import Bus
from webchat.events import AwayChanged
from webchat.metrics import Metrics
from webchat.web import admission
from webchat.web.api.notifications import MINE
from webchat.web.api.problems import ROOT
from webchat.web.api.streams import EventStreamDoor, LineStreamDoor, SocketStreamDoor
from webchat.web.door import Door, RequestDoor, WebSocketDoor
from webchat.web.house import House
from webchat.web.poll import PollDoor
from webchat.web.socket import SocketDoor
from webchat.web.stream import StreamDoor
from webchat.web.texts import JsonDoor, TextDoor, UserDoor

Doors = Mapping[str, Door]


def opened(at: House, broker: Broker, metrics: Metrics, bus: Bus) -> Doors:
    """The doors of one house, by name. Run each."""
    given = (
        broker,
        admission.admit,
        partial(admission.opening, at),
        partial(admission.perform, at),
        partial(admission.signal, at),
        partial(admission.charge, at),
        at.renderer.translate,
        metrics,
        bus.settled,
    )
    return {
        "socket": SocketDoor(*given),
        "text": TextDoor(*given),
        "json": JsonDoor(*given),
        "user": UserDoor(*given, whisper=partial(admission.whisper, at, bus.publish)),
        "stream": StreamDoor(*given),
        "notices-sse": EventStreamDoor(*given, store=at.store),
        "notices-json": LineStreamDoor(*given, store=at.store),
        "notices-ws": SocketStreamDoor(*given, store=at.store),
        "poll": PollDoor(*given, again=partial(at.renderer.fragment, "poll"), calm=partial(_calm, at)),
    }


def _calm(at: House, lang: str) -> str:
    return at.renderer.fragment("away_changed", lang, event=AwayChanged())


class _SocketEndpoint:
    """A door as an application, since Starlette wraps a function three times for as long as a socket is open."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection at the door of the application that was started."""
        door = scope["app"].state.doors[self._name]
        assert isinstance(door, WebSocketDoor)
        return door.enter(WebSocket(scope, receive, send))


class _RequestEndpoint(_SocketEndpoint):
    """The same for requests."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        door = scope["app"].state.doors[self._name]
        assert isinstance(door, RequestDoor)
        return door.enter(scope, receive, send)


NOTICES = ROOT + MINE
ROUTES = (
    Route("/stream", _RequestEndpoint("stream"), methods=["GET"]),
    Route("/poll", _RequestEndpoint("poll"), methods=["GET"]),
    Route(f"{NOTICES}/sse", _RequestEndpoint("notices-sse"), methods=["GET"]),
    Route(f"{NOTICES}/json", _RequestEndpoint("notices-json"), methods=["GET"]),
    WebSocketRoute(f"{NOTICES}/ws", _SocketEndpoint("notices-ws")),
    WebSocketRoute("/socket", _SocketEndpoint("socket")),
    WebSocketRoute("/ws/chat/{room}/", _SocketEndpoint("json")),
    WebSocketRoute("/ws/user/{name}", _SocketEndpoint("user")),
    WebSocketRoute("/ws/{room}/", _SocketEndpoint("text")),
    WebSocketRoute("/ws/", _SocketEndpoint("text")),
    WebSocketRoute("/ws", _SocketEndpoint("text")),
    WebSocketRoute("/", _SocketEndpoint("text")),
)
