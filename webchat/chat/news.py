"""What whoever follows a user's notifications is told: what changed since they stood somewhere, as it is by now."""

from typing import Literal, NamedTuple

from webchat.chat import preferences
from webchat.chat.clock import now
from webchat.notices import Notification
from webchat.store import Tx, notices, notifications as stored

MOST = 1000
"""Changes that are told one by one. Who missed more begins anew."""
Kind = Literal["sent", "replaced", "retracted", "changed"]


class Standing(NamedTuple):
    """How far somebody is: in what the user was told, and in what everyone was."""

    own: int
    common: int


class Change(NamedTuple):
    """What happened to a notification; of one that took the place of another, ``replaces`` is that one's number.
    ``quiet`` is for the inbox only."""

    kind: Kind
    one: Notification
    replaces: int = 0
    quiet: bool = False


class News(NamedTuple):
    """What changed up to ``at``, in the order of numbers; ``lost`` if that cannot be said any more. ``read`` is up to
    which number the user has read what everyone was told, and ``unread`` how many are not read."""

    at: Standing
    changes: tuple[Change, ...]
    unread: int
    read: int
    lost: bool = False


def since(tx: Tx, user_id: int, before: Standing) -> News:
    """What changed for a user since then."""
    here = now_at(tx, user_id)
    at, floors = here.at, Standing(stored.reached(tx, user_id)[1], notices.floor(tx))
    if not (floors.own <= before.own <= at.own and floors.common <= before.common <= at.common):
        return here._replace(lost=True)
    own = stored.since(tx, user_id, before.own, MOST + 1)
    common = notices.common_since(tx, before.common, MOST + 1)
    if len(own) + len(common) > MOST:
        return here._replace(lost=True)
    return here._replace(changes=_changes(tx, user_id, before, own, common))


def after(tx: Tx, user_id: int, number: int) -> News:
    """What a user was told after a number, and has in the inbox."""
    here = now_at(tx, user_id)
    found = [one for one in reversed(stored.newest(tx, user_id, MOST + 1)) if one.id > number]
    if len(found) > MOST:
        return here._replace(lost=True)
    return here._replace(changes=tuple(Change("sent", one, 0, _is_quiet(tx, user_id, one)) for one in found))


def now_at(tx: Tx, user_id: int) -> News:
    """Where whoever stands nowhere begins: at what is told from now on."""
    at = Standing(stored.reached(tx, user_id)[0], notices.rev(tx))
    return News(at, (), stored.tally(tx, user_id).total, stored.common_read(tx, user_id))


def _changes(
    tx: Tx, user_id: int, before: Standing, own: list[Notification], common: list[Notification]
) -> tuple[Change, ...]:
    """Each notification once: of what everyone was told, what the user did with it goes before what everyone sees."""
    touched = {one.id: one for one in (*common, *own)}
    places = {(one.everyone, one.key, one.rev): one.id for one in (*own, *common) if one.gone and one.key}
    told = []
    for number in sorted(touched):
        one = touched[number]
        birth = _birth(tx, one)
        is_new = birth > (before.common if one.everyone else before.own)
        mine = stored.find(tx, user_id, number) if one.everyone and not one.gone else one
        if mine is None or (one.gone and is_new):
            continue
        if one.gone:
            told.append(Change("retracted", one))
        elif not is_new:
            told.append(Change("changed", mine))
        else:
            replaces = places.get((one.everyone, one.key, birth - 1), 0)
            told.append(Change("replaced" if replaces else "sent", mine, replaces, _is_quiet(tx, user_id, mine)))
    replaced = {change.replaces for change in told}
    return tuple(change for change in told if change.kind != "retracted" or change.one.id not in replaced)


def _birth(tx: Tx, one: Notification) -> int:
    """When it came, as its own counter has it: for what everyone was told, not when the user first did something."""
    found = notices.by_id(tx, one.id) if one.everyone else one
    return found.born if found else 0


def _is_quiet(tx: Tx, user_id: int, one: Notification) -> bool:
    """Whether it is to be shown without calling anybody."""
    if one.everyone:
        return bool(one.read) or not one.is_listed or one.priority <= preferences.QUIET
    return bool(one.read) or not one.is_listed or preferences.level(tx, user_id, one, now()) == "inbox"
