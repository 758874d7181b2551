"""Trying whether a judge answers: it is asked about a text that nobody sees, also while it rests."""

from msgspec.structs import replace

from webchat.chat import access, sites
from webchat.chat.done import Done, Note
from webchat.chat.judging import Case, Unjudged
from webchat.chat.moderation import moderated
from webchat.commands import TryJudge, TrySiteJudge
from webchat.errors import sentence as _
from webchat.model import Actor, Room
from webchat.rules import Judge, Verdict
from webchat.store import Tx, judges

NONE = Note(_("No program judges what is said here."))


def try_(tx: Tx, actor: Actor, command: TryJudge, verdict: Verdict | None = None) -> Done:
    """Ask the judge of a room; the answer is what it says, empty if there is none. Raises Unjudged before it was asked,
    and then whoever asks raises Conflict if it does not judge."""
    _user, room, _member = moderated(tx, actor, "try-judge", command.room)
    return _tried(room, judges.get(tx, room.id), verdict)


def try_of_site(tx: Tx, actor: Actor, command: TrySiteJudge, verdict: Verdict | None = None) -> Done:
    """Ask the judge of a site's threads, as `try_`."""
    sites.need(actor, "try-site-judge")
    site = sites.found(tx, command.site)
    thread = replace(access.NOWHERE, slug=f"{site.name}.trial", title=site.title)
    return _tried(thread, judges.of_site(tx, site.id), verdict)


def _tried(room: Room, judge: Judge, verdict: Verdict | None) -> Done:
    if not judge.url:
        return Done("", note=NONE)
    if verdict is None:
        raise Unjudged(Case(room, judge, "hold", trial=True))
    return Done(verdict.action, note=Note(_("It answers in time: %(action)s."), {"action": verdict.action}))
