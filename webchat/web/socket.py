"""The door of the pages: a WebSocket that speaks htmx's frames. What a connection does is in `webchat.web.visit`."""

from starlette.websockets import WebSocket

from webchat.web.door import WebSocketDoor
from webchat.web.surfaces import asked


class SocketDoor(WebSocketDoor):
    """The door of ``/socket``, for pages, and for the frames of others' pages with ``view=widget``."""

    def _surface(self, websocket: WebSocket) -> str:
        return asked(websocket)
