"""A FastAPI application with a chat in it: ``uvicorn examples.fastapi_app:app``, then http://127.0.0.1:8000/chat."""

from pathlib import Path

from fastapi import BackgroundTasks, FastAPI, HTTPException

from webchat.app import create_app
from webchat.errors import NotFound
from webchat.settings import Settings

chat = create_app(Settings(data=Path("chat-data"), base="/chat"))
app = FastAPI()
app.mount("/chat", chat)


@app.post("/orders/{user}")
async def order(user: str, later: BackgroundTasks) -> dict[str, str]:
    """Takes an order, and tells its user when it is ready, after this was answered."""
    later.add_task(chat.notify, user, "Your order is ready.")
    return {"order": "taken"}


@app.post("/deployed/{user}")
async def deployed(user: str) -> dict[str, int]:
    try:
        return {"notification": await chat.notify(user, "Your version is live.", title="Deployed")}
    except NotFound as nobody:
        raise HTTPException(404, str(nobody)) from None
