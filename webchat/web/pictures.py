"""Pictures that people send, made anew: what cannot be drawn is none, and nothing is left of what a camera notes in
them, such as where it was, nor of another kind of file that hid in one.

Pillow does it, if it is installed (``pip install 'webchat-server[images]'``). Without it nothing is shown as a picture.
"""

import io
import logging
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, NamedTuple

import anyio
from anyio.to_thread import run_sync

try:
    from PIL import Image, ImageOps, ImageSequence
except ImportError:  # the extra was not asked for
    Image = None  # type: ignore[assignment]
if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

log = logging.getLogger("webchat.pictures")

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
"""What browsers show, and runs no script in any."""
LARGEST = 2_560
"""Pixels that a picture keeps of each side: it is scaled down to that."""
PIXELS = 60_000_000
"""The most pixels that are drawn of a file, of all its frames together."""
FRAMES = 500
_at_once = anyio.CapacityLimiter(1)
"""One has up to 240 MB in memory."""


class Picture(NamedTuple):
    """A picture as it is kept."""

    data: bytes
    type: str
    width: int
    height: int


async def made(file: IO[bytes], limit: int) -> Picture | None:
    """The picture that a file is, if it is one that can be shown and is not larger than so many bytes; it is drawn in a
    thread."""
    return await run_sync(_made, file, limit, limiter=_at_once) if Image else None


def _made(file: IO[bytes], limit: int) -> Picture | None:
    # The library reads what strangers made, and says in many ways that it cannot.
    try:
        with Image.open(file, formats=list(TYPES)) as picture:
            kind, frames = str(picture.format), getattr(picture, "n_frames", 1)
            if frames > FRAMES or picture.width * picture.height * frames > PIXELS:
                return None
            data, (width, height) = _animated(picture, kind) if frames > 1 else _still(picture, kind)
    except Exception as error:
        log.debug("What was sent is no picture: %r", error)
        return None
    finally:
        file.seek(0)
    return Picture(data, TYPES[kind], width, height) if len(data) <= limit else None


def _still(picture: "Drawn", kind: str) -> tuple[bytes, tuple[int, int]]:
    """One picture the right way up, with the colours that its profile says and nothing else of what came with it."""
    drawn = ImageOps.exif_transpose(picture)
    if max(drawn.size) > LARGEST:
        drawn = drawn.convert("RGBA" if drawn.has_transparency_data else "RGB") if drawn.mode == "P" else drawn
        drawn.thumbnail((LARGEST, LARGEST))
    if kind == "JPEG" and drawn.mode not in ("L", "RGB", "CMYK"):
        drawn = drawn.convert("RGB")
    more = {"JPEG": {"quality": 88, "progressive": True}, "WEBP": {"quality": 88}}.get(kind, {})
    profile, seen = picture.info.get("icc_profile"), drawn.info.get("transparency")
    drawn.info = {} if seen is None else {"transparency": seen}
    return _saved(drawn, kind, icc_profile=profile, **more), drawn.size


def _animated(picture: "Drawn", kind: str) -> tuple[bytes, tuple[int, int]]:
    """A picture that moves, frame by frame."""
    durations: list[int] = []

    def frames() -> Iterator["Drawn"]:
        for frame in ImageSequence.Iterator(picture):
            durations.append(int(frame.info.get("duration", 100)))
            drawn = frame.convert("RGBA")
            drawn.info = {}
            yield drawn

    first, *others = frames()
    loop = picture.info.get("loop", 0 if kind != "GIF" else 1)
    more = {"disposal": 2} if kind == "GIF" else {}
    kept = {"save_all": True, "append_images": others, "duration": durations, "loop": loop}
    return _saved(first, kind, **kept, **more), first.size


def _saved(picture: "Drawn", kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()
