"""The support windows of sites: how each is set up, who answers there, and what its agents have ready to say."""

from typing import NamedTuple

from msgspec.structs import asdict, replace

from webchat.chat import access, accounts, hours, names, rooms, sites, waiting
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import AddAgent, PutAnswer, RemoveAgent, RemoveAnswer, SetSupport
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, sentence as _
from webchat.model import Actor, Membership, Person, Site, User
from webchat.store import Tx, agents, meta, support as stored
from webchat.support import Answer, Support

MOST_ANSWERS = 200
"""Texts that the agents of a site may have ready."""
OFFERED = 8
"""The most of them that are offered to whom writes."""
AGENTS_ONLY = _("Only agents of this site may do this.")


class Frame(NamedTuple):
    """A site's support window as a visitor finds it: whether there is one, whether it is within the hours, whether a
    name and an address are asked for first, what stands in it, and who answers."""

    enabled: bool
    is_open: bool
    asks: bool
    text: str
    agents: tuple[Person, ...]


def set_(tx: Tx, actor: Actor | None, command: SetSupport) -> Done:
    """Set up a site's support window, also for an operator."""
    _need_admin(actor, "set-support")
    site = sites.found(tx, command.site)
    given = {field: value for field, value in asdict(command).items() if value is not None}
    for field in ("site", "cid"):
        given.pop(field)
    after = replace(stored.get(tx, site.id), **{k: v.strip() if isinstance(v, str) else v for k, v in given.items()})
    hours.week(after.hours)
    hours.need_zone(after.zone)
    stored.put(tx, site.id, after)
    return Done(site.name)


def add_agent(tx: Tx, actor: Actor | None, command: AddAgent) -> Done:
    """Let somebody answer there, also for an operator."""
    _need_admin(actor, "add-agent")
    site, user = sites.found(tx, command.site), _person(tx, command.user)
    if user.disabled:
        raise NotFound(accounts.NOBODY, name=command.user)
    agents.add(tx, site.id, user.id)
    return Done(user.name)


def remove_agent(tx: Tx, actor: Actor | None, command: RemoveAgent) -> Done:
    """Let somebody answer there no more, also for an operator: what they had is nobody's."""
    _need_admin(actor, "remove-agent")
    site, user = sites.found(tx, command.site), _person(tx, command.user)
    if not agents.drop(tx, site.id, user.id):
        raise NotFound(_("%(name)s was not appointed to answer there."), name=user.title)
    if not user.is_admin:
        meta.revoke(tx)
    return Done(user.name, tuple(waiting.release(tx, user, now())))


def put_answer(tx: Tx, actor: Actor, command: PutAnswer) -> Done:
    """Have a text ready."""
    site = _answered(tx, actor, "put-answer", command.site)
    key = names.folded(command.key.removeprefix("/"))
    if not names.is_slug(key):
        raise Malformed(_("A key may have 1 to 32 letters, digits, _ and -."))
    if not command.text.strip():
        raise Malformed(_("Write something first."))
    known = {answer.key for answer in stored.answers(tx, site.id)}
    if key not in known and len(known) >= MOST_ANSWERS:
        raise Conflict(_("There are %(count)s of these already. Remove one first."), count=MOST_ANSWERS)
    stored.put_answer(tx, site.id, Answer(key, command.text.strip()))
    return Done(key)


def remove_answer(tx: Tx, actor: Actor, command: RemoveAnswer) -> Done:
    """Have a text ready no more."""
    site = _answered(tx, actor, "remove-answer", command.site)
    if not stored.drop_answer(tx, site.id, names.folded(command.key)):
        raise NotFound(_("No text is ready under this key."))
    return Done(names.folded(command.key))


def frame(tx: Tx, site: Site, at: int | None = None) -> Frame:
    """The window as a visitor finds it."""
    support = stored.get(tx, site.id)
    is_open = hours.is_open(hours.week(support.hours), support.zone, now() if at is None else at)
    asks = support.prechat == "always" or (support.prechat == "away" and not is_open)
    text = support.greeting if is_open else support.away or support.greeting
    people = tuple(Person(one.id, one.name, one.title, one.status) for one in agents.everybody(tx, site.id))
    return Frame(support.enabled, is_open, asks, text, people)


def opens(tx: Tx, site: Site, at: int | None = None) -> int:
    """When somebody works again, if there are hours."""
    support = stored.get(tx, site.id)
    return hours.opens(hours.week(support.hours), support.zone, now() if at is None else at)


def settings(tx: Tx, site: Site) -> Support:
    """How the window of a site is set up."""
    return stored.get(tx, site.id)


def agent(tx: Tx, site_id: int, user: User) -> Membership | None:
    """The place of somebody among the agents of a site."""
    return Membership("", user.id) if agents.is_one(tx, site_id, user.id) else None


def ready(tx: Tx, actor: Actor, slug: str, start: str) -> list[Answer]:
    """What an agent has ready to say in a conversation, by how its key starts. Raises NotFound where one may not be."""
    room, member = rooms.visible(tx, actor, slug)
    if not room.visitor or member is None:
        return []
    start = names.folded(start)
    return [answer for answer in stored.answers(tx, room.site) if answer.key.startswith(start)][:OFFERED]


def _answered(tx: Tx, actor: Actor, what: str, name: str) -> Site:
    """The site, for whoever answers there. Raises Forbidden."""
    user = access.account(actor)
    site = sites.found(tx, name)
    if not access.may(what, user, member=agent(tx, site.id, user)):
        raise Forbidden(AGENTS_ONLY)
    return site


def _need_admin(actor: Actor | None, what: str) -> None:
    if actor is not None and not access.may(what, access.account(actor)):
        raise Forbidden(_("Only admins may do this."))


def _person(tx: Tx, name: str) -> User:
    user = accounts.found(tx, name)
    if user.role == "bot":
        raise NotFound(accounts.NOBODY, name=name)
    return user
