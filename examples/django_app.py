"""A Django project with a chat beside it: ``uvicorn examples.django_app:app``, then http://127.0.0.1:8000/chat.

In a project of more files, ``app`` is its ``asgi.py``, and the views import ``chat`` from where that is made.
"""

import secrets
from pathlib import Path

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from starlette.routing import Mount, Router

from webchat.app import create_app
from webchat.errors import NotFound
from webchat.settings import Settings

chat = create_app(Settings(data=Path("chat-data"), base="/chat"))


async def deployed(_request: HttpRequest, user: str) -> JsonResponse:
    try:
        number = await chat.notify(user, "Your version is live.", title="Deployed")
    except NotFound as nobody:
        return JsonResponse({"error": str(nobody)}, status=404)
    return JsonResponse({"notification": number})


def ordered(_request: HttpRequest, user: str) -> JsonResponse:
    """A view that is not async, as most are: it waits for the loop that runs the chat."""
    return JsonResponse({"notification": async_to_sync(chat.notify)(user, "Your order is ready.")})


urlpatterns = [path("deployed/<user>", deployed), path("orders/<user>", ordered)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1", "localhost"], SECRET_KEY=secrets.token_urlsafe())
app = Router(routes=[Mount("/chat", chat), Mount("/", get_asgi_application())])
