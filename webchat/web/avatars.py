"""Avatars: the initials of a name on one of eight colours, as a picture.

Its address says all that it shows. So nobody is looked up for it, whoever has the address may keep the picture for
ever, and programs can use it as they use any other. In the messages the style sheet draws the same, which costs each
row less than an address would.
"""

import hashlib
from functools import lru_cache
from urllib.parse import quote
from zlib import crc32

from markupsafe import escape
from starlette.requests import Request
from starlette.responses import Response

from webchat.errors import NotFound, sentence as _

LONGEST = 6
"""Characters of initials: two, each of which may be up to three in upper case."""
_COLOURS = ("#984649", "#8e5224", "#73621c", "#3b723e", "#00736f", "#0e6a9b", "#5d57a4", "#8c467e")
"""The hues of avatar.css, for programs that know no oklch."""
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36" width="36" height="36">'
    '<rect width="36" height="36" fill="%s"/><text x="18" y="18" fill="#fcfcfc" font-family="%s" font-size="13.7"'
    ' font-weight="550" text-anchor="middle" dominant-baseline="central">%s</text></svg>'
)
_FOREVER = "public, max-age=31536000, immutable"


def hue(author: int, title: str) -> int:
    """One of eight colours for an author: by the account, or by the name that a guest gave."""
    return author % 8 if author else crc32(title.encode()) % 8


def initials(title: str) -> str:
    """One or two letters for an avatar: of the first two words, or the first sign of a name in Chinese."""
    words = [word for word in title.replace("-", " ").replace("_", " ").split() if word[0].isalnum()]
    letters = [word[0] for word in words[: 2 if title.isascii() else 1]]
    return "".join(letters).upper() or title[:1]


@lru_cache(4096)
def url(base: str, author: int, title: str) -> str:
    """Where the picture of somebody is, which changes when the picture does."""
    colour, letters = hue(author, title), initials(title)
    return f"{base}/avatar/{_hash(colour, letters)}/{colour}/{quote(letters, safe='')}.svg"


async def avatar(request: Request) -> Response:
    """Answer ``/avatar/{hash}/{hue}/{letters}.svg``. With the hash of another version it is not to be kept."""
    colour, letters = request.path_params["hue"], request.path_params["letters"]
    if colour >= len(_COLOURS) or not 1 <= len(letters) <= LONGEST or not letters.isprintable():
        raise NotFound(_("There is no such page."))
    current = request.path_params["hash"] == _hash(colour, letters)
    headers = {
        "Cache-Control": _FOREVER if current else "no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(_drawn(colour, letters), headers=headers, media_type="image/svg+xml")


def _drawn(colour: int, letters: str) -> str:
    return _DRAWING % (_COLOURS[colour], _FONT, escape(letters))


def _hash(colour: int, letters: str) -> str:
    return hashlib.sha256(_drawn(colour, letters).encode()).hexdigest()[:12]
