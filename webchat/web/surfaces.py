"""What is drawn on, besides our own pages: the frame of a thread in somebody else's page.

A thread's slug is ``{site}.{thread}``, and the address of its frame ``/embed/{site}/{thread}``.
"""

from starlette.requests import HTTPConnection

from webchat.web.language import LANGUAGES, choose

WIDGET = "widget"
"""The surface of such frames."""


def asked(connection: HTTPConnection) -> str:
    """The surface that a connection of a page or a frame is for."""
    return WIDGET if connection.query_params.get("view") == WIDGET else "room"


def spoken(connection: HTTPConnection) -> str:
    """The language of a frame: what its address says, or the reader's browser. No cookie, so that one answer is right
    for everybody who asks so."""
    wanted = connection.query_params.get("lang", "").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else choose("", connection.headers.get("accept-language", ""))


def is_widget(view: str) -> bool:
    """Whether a view is that of frames."""
    return view.partition(".")[0] == WIDGET


def home(view: str, slug: str) -> str:
    """Where a room's list is, from the root of the app: older messages are asked for there."""
    return f"/embed/{slug.replace('.', '/', 1)}" if is_widget(view) else f"/rooms/{slug}"
