"""What every door is given: one typed bundle, made in app.py and held by the application."""

import logging
from typing import Any, NamedTuple

from starlette.requests import HTTPConnection

from webchat.broker.pace import Paces
from webchat.chat import Chat
from webchat.chat.decisions import Links
from webchat.chat.presence import Presence
from webchat.logs import Told
from webchat.outside.mail import Post
from webchat.settings import Settings
from webchat.store import Store
from webchat.web.attempts import Attempts
from webchat.web.drawings import Drawings
from webchat.web.limits import Limits
from webchat.web.render import Renderer
from webchat.web.security import peer as peer
from webchat.web.session import Sessions
from webchat.web.sizes import Sizes
from webchat.web.tails import Tails
from webchat.web.weather import Weather

log = logging.getLogger("webchat.entrance")


class House(NamedTuple):
    """The parts of a running server that doors use. ``setup_key`` is the secret of the one-time set-up link,
    ``pusher`` what sends pushes and ``post`` what sends letters, if they can be sent."""

    settings: Settings
    store: Store
    chat: Chat
    presence: Presence
    renderer: Renderer
    sessions: Sessions
    limits: Limits
    attempts: Attempts
    setup_key: str
    weather: Weather
    paces: Paces
    tails: Tails
    drawings: Drawings
    links: Links
    sizes: Sizes
    pusher: Any = None
    post: Post | None = None


def tell(connection: HTTPConnection, sentence: str, event: str, who: str, **more: str) -> None:
    """A line of the log. ``who`` is the name of an account; empty for whoever has none."""
    log.info(Told(sentence, event, who=who, **{"from": peer(connection)}, **more))


def house(connection: HTTPConnection) -> House:
    """The house whose door was knocked at."""
    found = connection.app.state.house
    assert isinstance(found, House), "the application is started before its doors are"
    return found
