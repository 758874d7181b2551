"""The API's sites: other people's, whose pages show threads."""

import msgspec

from webchat import commands as c, model
from webchat.chat import rights, sites
from webchat.errors import sentence as _
from webchat.model import GuestAccess
from webchat.store import Tx, judges, rules as stored_rules, sites as stored
from webchat.web.api import views
from webchat.web.api.endpoint import Ask, Paged, does, need_admin, shows


class Site(msgspec.Struct, frozen=True):
    """A site whose pages, at ``origins``, show threads. ``guests`` is what guests may do in them. The ``secret`` that
    signs what it says of its users is told once, when it is made."""

    site: str
    title: str
    origins: tuple[str, ...]
    guests: GuestAccess
    threads: int
    created: int
    secret: str = ""


class SiteList(msgspec.Struct, frozen=True):
    """All sites, by name."""

    sites: list[Site]


def listed(ask: Ask, tx: Tx) -> SiteList:
    """All sites."""
    need_admin(ask)
    return SiteList([_site(ask, tx, one) for one in stored.everything(tx)])


def one(ask: Ask, tx: Tx) -> Site:
    """The site of the path, or the one that was just made."""
    need_admin(ask)
    return _site(ask, tx, sites.found(tx, str(ask.path.get("site", ask.done.id))))


def rules(ask: Ask, tx: Tx) -> views.Rules:
    """What the threads of a site ask of what is said in them, but those that have rules of their own."""
    need_admin(ask)
    site = sites.found(tx, ask.path["site"])
    return views.asked(ask, stored_rules.of_site(tx, site.id), judges.of_site(tx, site.id))


def data(ask: Ask, tx: Tx) -> views.Data:
    """What is kept of a site's own user; nothing of one who was never here."""
    need_admin(ask)
    return views.data(ask, tx, rights.person(tx, ask.path["site"], ask.path["sub"]))


def _site(ask: Ask, tx: Tx, one: model.Site) -> Site:
    threads = stored.threads(tx, one.id)
    return Site(one.name, one.title, one.origins, one.guests, threads, one.created, ask.done.secret)


OF_SITE = "/sites/{site}"
ENDPOINTS = (
    shows("/sites", _("List sites"), listed, needs="admin"),
    does("POST", "/sites", _("Let a site in"), c.CreateSite, one, 201),
    shows(OF_SITE, _("Look at a site"), one, needs="admin"),
    does("PATCH", OF_SITE, _("Change a site"), c.EditSite, one),
    shows(OF_SITE + "/rules", _("Look at the rules of a site's threads"), rules, needs="admin"),
    does("PATCH", OF_SITE + "/rules", _("Change the rules of a site's threads"), c.SetSiteRules, rules),
    does("POST", OF_SITE + "/rules/trial", _("Try the judge of a site's threads"), c.TrySiteJudge, views.trial),
    does("POST", OF_SITE + "/secret", _("Give a site another secret"), c.RenewSecret, one),
    shows(OF_SITE + "/people/{sub:path}", _("All that is kept about a site's user"), data, Paged, needs="admin"),
    does("DELETE", OF_SITE + "/people/{sub:path}", _("Erase a site's user"), c.ErasePerson),
)
