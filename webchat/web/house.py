"""What every door is given: one typed bundle, made in app.py and held by the application."""

from typing import NamedTuple

from starlette.requests import HTTPConnection

from webchat.chat import Chat
from webchat.chat.presence import Presence
from webchat.settings import Settings
from webchat.store import Store
from webchat.web.limits import Limits
from webchat.web.render import Renderer
from webchat.web.security import peer as peer
from webchat.web.session import Sessions


class House(NamedTuple):
    """The parts of a running server that doors use. ``setup_key`` is the secret of the one-time set-up link."""

    settings: Settings
    store: Store
    chat: Chat
    presence: Presence
    renderer: Renderer
    sessions: Sessions
    limits: Limits
    setup_key: str


def house(connection: HTTPConnection) -> House:
    """The house whose door was knocked at."""
    found = connection.app.state.house
    assert isinstance(found, House), "the application is started before its doors are"
    return found
