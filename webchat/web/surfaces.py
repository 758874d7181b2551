"""What is drawn on, besides our own pages: frames in somebody else's page, of a thread or of the site's support.

A thread's slug is ``{site}.{thread}``, and the address of its frame ``/embed/{site}/{thread}``; a conversation's is
``{site}.~{talk}``, and its address ``/embed/{site}/support/{talk}``.
"""

from starlette.requests import HTTPConnection

from webchat.web.language import LANGUAGES, choose

THREADS = WIDGET, LIVE, ALL = ("widget", "live", "all")
"""The surfaces of threads' frames: as high as what is said in them, and two beside a video, of which one wants all."""
SUPPORT = "support"
FRAMES = (*THREADS, SUPPORT)
"""The surfaces of all frames: threads, and conversations with those who answer."""


def asked(connection: HTTPConnection) -> str:
    """The surface that a connection of a page or a frame is for."""
    view = connection.query_params.get("view", "")
    return view if view in FRAMES else "room"


def spoken(connection: HTTPConnection) -> str:
    """The language of a frame: what its address says, or the reader's browser. No cookie, so that one answer is right
    for everybody who asks so."""
    wanted = connection.query_params.get("lang", "").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else choose("", connection.headers.get("accept-language", ""))


def is_framed(view: str) -> bool:
    """Whether a view is that of frames."""
    return view.partition(".")[0] in FRAMES


def is_thinned(view: str) -> bool:
    """Whether a view is one of frames that are told a part of what is said too fast to be read."""
    return view.partition(".")[0] in (WIDGET, LIVE)


def home(view: str, slug: str) -> str:
    """Where a room's list is, from the root of the app: older messages are asked for there."""
    if view.partition(".")[0] == SUPPORT:
        return f"/embed/{slug.replace('.~', '/support/', 1)}"
    return f"/embed/{slug.replace('.', '/', 1)}" if is_framed(view) else f"/rooms/{slug}"
