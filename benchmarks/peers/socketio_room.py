"""python-socketio: everybody is in one room, and a message is emitted to it."""

import socketio

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*", transports=["websocket"])


@server.event
async def connect(sid, environ, auth=None):
    await server.enter_room(sid, "room")


@server.event
async def message(sid, data):
    await server.emit("message", data, room="room")


app = socketio.ASGIApp(server)
