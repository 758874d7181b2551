"""Starlette as the tutorials have it: a set of sockets, and a loop over them for each message."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

everybody = set()


async def chat(websocket):
    await websocket.accept()
    everybody.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for other in list(everybody):
                await other.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        everybody.discard(websocket)


app = Starlette(routes=[WebSocketRoute("/ws", chat)])
