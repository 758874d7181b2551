"""The API's search."""

import msgspec

from webchat.chat import search
from webchat.commands import clean
from webchat.errors import sentence as _
from webchat.store import Tx
from webchat.web.api import views
from webchat.web.api.endpoint import Ask, Turned, shows


class SearchQuery(Turned, frozen=True, forbid_unknown_fields=True):
    """``q`` is what is looked for, as on the page."""

    q: str = ""
    sort: search.Sort = "newest"


class SearchResults(msgspec.Struct, frozen=True):
    """What was found. ``next`` is the ``after`` of the next page, null at the end; a page may have few messages, or
    none, and yet not be the last."""

    messages: list[views.Message]
    next: str | None


def results(ask: Ask, tx: Tx) -> SearchResults:
    """The messages that have what is looked for, and that the account may see now."""
    found = search.find(tx, ask.actor, clean(ask.query.q), ask.query.sort, ask.query.number)
    shown = views.messages(tx, [one.message for one in found.found])
    return SearchResults(shown, str(found.next) if found.next else None)


ENDPOINTS = (shows("/search", _("Search in messages"), results, SearchQuery)._replace(searches=True),)
