"""The door for who cannot have a WebSocket: the same frames as server-sent events, in an answer that goes on."""

from starlette.requests import Request

from webchat.broker import Reader
from webchat.web.door import Admission
from webchat.web.incoming import seq, since
from webchat.web.streaming import StreamingDoor


class StreamDoor(StreamingDoor):
    """The door of ``/stream``."""

    async def _begin(self, request: Request, admission: Admission, reader: Reader) -> int:
        """Send what there is since the last event that a browser knows, or since the position in the address."""
        known = request.headers.get("last-event-id") or request.query_params.get("since")
        around = seq(request.query_params.get("around"))
        return (await self.begin(reader, admission, since(known), around)).stop
