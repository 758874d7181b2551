"""A Starlette application with a chat in it: ``uvicorn examples.starlette_app:app``, then http://127.0.0.1:8000/chat."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from webchat.app import create_app
from webchat.errors import NotFound
from webchat.settings import Settings

chat = create_app(Settings(data=Path("chat-data"), base="/chat"))


async def deployed(request: Request) -> JSONResponse:
    """``curl -X POST http://127.0.0.1:8000/deployed/ann`` tells ann, wherever she is."""
    try:
        number = await chat.notify(request.path_params["user"], "Your version is live.", title="Deployed")
    except NotFound as nobody:
        return JSONResponse({"error": str(nobody)}, 404)
    return JSONResponse({"notification": number})


app = Starlette(routes=[Route("/deployed/{user}", deployed, methods=["POST"]), Mount("/chat", chat)])
