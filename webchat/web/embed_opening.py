"""What the connections of frames begin with, in the pages of others."""

from collections.abc import Iterator, Mapping
from typing import Any

from webchat.events import AwayChanged
from webchat.pacing import PaceChanged
from webchat.pinned import PinChanged
from webchat.support import Conversation
from webchat.viewing import ViewersChanged
from webchat.web import embed_view
from webchat.web.door import Admission
from webchat.web.house import House
from webchat.web.surfaces import is_thinned


def framed(at: House, admission: Admission, room: Mapping[str, Any]) -> Iterator[str]:
    """What a thread's frame is told at first: that its foot is another one for this reader, if it is, what is away, how
    many are there, and whether some of what is said is left out."""
    if room:
        who = embed_view.who(admission.actor, admission.known)
        yield at.renderer.fragment("widget_stale", admission.lang, **room, who=who)
        yield from at.renderer.news(admission.view, PinChanged(admission.slug, room["pinned"]))
    if at.weather.away:
        yield from at.renderer.news(admission.view, AwayChanged(at.weather.away))
    if watching := at.presence.viewers.told(admission.slug):
        yield from at.renderer.news(admission.view, ViewersChanged(admission.slug, watching))
    fast = room and is_thinned(admission.view) and at.paces.after(admission.slug) is not None
    yield from at.renderer.news(admission.view, PaceChanged(admission.slug, room["room"].seq if fast else None))


def answered(at: House, admission: Admission, talk: Conversation) -> Iterator[str]:
    """What a visitor is told at first: how far the conversation is, what can be done there, and what is away."""
    yield at.renderer.fragment("talk_status", admission.lang, event=talk, slug=talk.room, rating=talk.rating)
    yield at.renderer.fragment("talk_seen", admission.lang, event=talk)
    yield at.renderer.fragment("talk_tools", admission.lang, slug=talk.room)
    if at.weather.away:
        yield from at.renderer.news(admission.view, AwayChanged(at.weather.away))
