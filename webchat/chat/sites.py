"""Other people's sites: letting them in, and the threads on their pages.

A thread is a room like any other, called ``{site}.{thread}``, which no room that is made by hand can be called. It is
made by what is first said in it.
"""

import secrets
from urllib.parse import urlsplit

from msgspec.structs import replace

from webchat.chat import access, names
from webchat.chat.clock import DAY, now
from webchat.chat.done import Done
from webchat.commands import CreateSite, EditSite, RenewSecret
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, TooFast, sentence as _
from webchat.model import Actor, Room, Site
from webchat.store import Tx, meta, rooms as stored_rooms, rules as stored_rules, sites as stored

MOST = 1_000
"""Sites there may be."""
KEPT = DAY
"""How long, in milliseconds, a secret signs that another one took the place of, if it is kept."""
MOST_THREADS = 100_000
"""Threads that a site may have."""
NOT_THERE = _("There is no such site.")


def create(tx: Tx, actor: Actor | None, command: CreateSite) -> Done:
    """Let a site in, also for an operator; its name, and once the secret that signs."""
    need(actor, "create-site")
    name = names.slug(command.site)
    if len(stored.everything(tx)) >= MOST:
        raise TooFast(_("There are too many sites already."))
    draft = Site(0, name, command.title.strip() or name, _origins(command.origins), command.guests, _secret(), now())
    site = stored.add(tx, draft, names.skeleton(name))
    if site is None:
        raise Conflict(_("There is a site of this name already. Choose another one."))
    return Done(site.name, secret=site.secret)


def edit(tx: Tx, actor: Actor | None, command: EditSite) -> Done:
    """Change a site, also for an operator. Who may not be in its threads any more is sent away."""
    need(actor, "edit-site")
    before = found(tx, command.site)
    after = replace(
        before,
        title=before.title if command.title is None else command.title.strip() or before.name,
        origins=before.origins if command.origins is None else _origins(command.origins),
        guests=command.guests or before.guests,
    )
    if after != before:
        stored.change(tx, after)
    if after.guests != before.guests:
        stored.let_guests(tx, after.id, after.guests)
        meta.revoke(tx)
    return Done(after.name)


def renew_secret(tx: Tx, actor: Actor | None, command: RenewSecret) -> Done:
    """Give a site another secret, which is told once; also for an operator. Whom it knew by the old one, it has to say
    anew, at once or when that one is over."""
    need(actor, "renew-secret")
    before = found(tx, command.site)
    former, until = (before.secret, now() + KEPT) if command.keep else ("", 0)
    site = replace(before, secret=_secret(), former=former, former_until=until)
    stored.change(tx, site)
    meta.revoke(tx)
    return Done(site.name, secret=site.secret)


def found(tx: Tx, name: str) -> Site:
    """The site of that name. Raises NotFound."""
    site = stored.by_name(tx, names.folded(name))
    if site is None:
        raise NotFound(NOT_THERE)
    return site


def unmade(tx: Tx, slug: str) -> Room | None:
    """The thread that would be made by what is first said in it; None for what is no thread, or is there already."""
    name, dot, thread = slug.partition(".")
    if not dot or not names.is_slug(thread):
        return None
    site = stored.by_name(tx, name)
    if site is None or stored_rooms.by_slug(tx, slug) is not None:
        return None
    return Room(0, slug, thread, "", "closed", site.guests, 0, 0, site=site.id)


def begun(tx: Tx, actor: Actor | None, slug: str, title: str = "", at: int = 0) -> None:
    """Make the thread, if it is one that is not there yet, also for an operator; called as its page is, and as old as
    what is first said in it, if that is known. Whether its asker may write in it is asked as of any room.

    Raises:
        TooFast: the site has too many.
    """
    draft = unmade(tx, slug)
    if draft is None or (actor is not None and not access.may_see(actor, draft, None)):
        return
    if stored.threads(tx, draft.site) >= MOST_THREADS:
        raise TooFast(_("This site has too many threads already."))
    room = stored_rooms.add(tx, replace(draft, title=title or draft.title), at or now(), names.skeleton(slug))
    if room and stored_rules.of_site(tx, room.site).asks:
        stored_rules.begin(tx, room.id)


def need(actor: Actor | None, what: str) -> None:
    """Raises Forbidden for who may not do this with sites."""
    if actor is not None and not access.may(what, access.account(actor)):
        raise Forbidden(_("Only admins may let sites in."))


def _origins(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Origins as browsers write them, each once. Raises Malformed."""
    return tuple(dict.fromkeys(map(_origin, texts)))


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text.strip().rstrip("/").lower())
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    spelled = f"{parts.scheme}://{parts.netloc}" if right else ""
    # What goes into a header of ours: letters that a host may have, and no address of anything in it.
    if not right or parts.geturl() != spelled or not spelled.isascii() or set(parts.netloc) - _HOST:
        raise Malformed(_("%(origin)s is not the address of a site. Write it like https://blog.example."), origin=text)
    return spelled


_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:[]")


def _secret() -> str:
    return secrets.token_urlsafe(32)
