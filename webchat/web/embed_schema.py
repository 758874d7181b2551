"""A thread as search engines read it, in the words of schema.org: a block of data in the page, which no browser runs,
and which no policy for scripts is about."""

from typing import Any

import msgspec
from markupsafe import Markup

from webchat.model import Message, Page, Room
from webchat.web.render import iso

SCHEMA = "https://schema.org/"


def block(room: Room, page: Page, home: str, base: str) -> Markup:
    """The comments of a page that can be read, as JSON-LD; nothing if there are none."""
    comments = [_comment(one, base) for one in page.messages if not (one.deleted or one.hidden)]
    if not comments:
        return Markup("")
    posting = {
        "@context": SCHEMA, "@type": "DiscussionForumPosting", "headline": room.title, "url": base + home,
        "commentCount": room.seq, "comment": comments,
    }  # fmt: skip
    said = msgspec.json.encode(posting).decode().replace("<", r"\u003c")  # so that no text ends the block
    return Markup(f'<script type="application/ld+json">{said}</script>')  # noqa: S704 - nothing in it is markup


def _comment(message: Message, base: str) -> dict[str, Any]:
    votes = {"upvoteCount": message.votes} if message.votes else {}
    return {
        "@type": "Comment",
        "url": f"{base}/rooms/{message.room}/m/{message.seq}",
        "author": {"@type": "Person", "name": message.title},
        "dateCreated": iso(message.at),
        "text": Markup(message.html).striptags(),  # noqa: S704 - it is sanitised, and taken apart
        **votes,
    }
