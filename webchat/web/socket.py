"""The door of the pages: a WebSocket that speaks htmx's frames. What a connection does is in `webchat.web.visit`."""

from webchat.web.door import WebSocketDoor


class SocketDoor(WebSocketDoor):
    """The door of ``/socket``."""
