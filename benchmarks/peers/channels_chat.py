"""Django Channels' own tutorial: a group for the room, on the layer that LAYER names (``memory`` or a Redis URL)."""

import json
import os

import django
from django.conf import settings

LAYER = os.environ["LAYER"]
MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}
REDIS = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [LAYER]}}
settings.configure(
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={"default": MEMORY if LAYER == "memory" else REDIS},
    SECRET_KEY="unused",  # noqa: S106 - nothing is signed
    ALLOWED_HOSTS=["*"],
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402 - Django must be set up first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the same
from django.urls import re_path  # noqa: E402 - the same


class Chat(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = "chat_" + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data):
        message = json.loads(text_data)["message"]
        await self.channel_layer.group_send(self.group, {"type": "chat.message", "message": message})

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"]}))


app = ProtocolTypeRouter({"websocket": URLRouter([re_path(r"ws/chat/(?P<room>\w+)/$", Chat.as_asgi())])})
