"""Where a button of ours may lead: to the web, or within this site."""

import re

from webchat.errors import Malformed, sentence as _

# No blanks, backslashes or names before the host: browsers drop or turn some of them, and then it leads elsewhere.
_LINK = re.compile(r"(?:https?://[^\s\\/?#@]+(?:[/?#][^\s\\]*)?|/(?![/\\])[^\s\\]*)", re.IGNORECASE)


def require_link(text: str) -> None:
    """Raises Malformed for what is neither ``http(s)://…`` nor a path of this site."""
    if not _LINK.fullmatch(text):
        raise Malformed(_("A link must begin with https:// or http://, or with a slash for a page of this site."))
