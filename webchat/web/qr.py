"""QR codes as inline SVG, drawn here: dark on light whatever the page's colours are, as cameras expect."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=200)
def qr(text: str) -> Markup:
    """The picture of a text. Its name for those who do not see it is the surrounding element's."""
    code = segno.make(text, micro=False, error="m")
    return Markup(code.svg_inline(omitsize=True, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None))  # noqa: S704 - numbers of ours
