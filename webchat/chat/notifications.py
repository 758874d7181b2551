"""Telling people something, wherever they are, and taking it back; kept until it is old or its time is over."""

from collections.abc import Collection, Mapping

import msgspec

from webchat.chat import access, audiences, preferences
from webchat.chat.clock import DAY, HOUR, now
from webchat.chat.done import Done
from webchat.chat.links import require_link
from webchat.commands import RetractNotification, SendNotification
from webchat.errors import Forbidden, Malformed, NotFound, Refused, sentence as _
from webchat.events import Event
from webchat.model import Actor, User
from webchat.notices import Level, Notification
from webchat.notified import (
    BroadcastRetracted,
    BroadcastSent,
    NotificationRetracted,
    NotificationSent,
)
from webchat.store import Tx, jobs, mails, notices, notifications as stored, preferences as stored_preferences, pushes

FURTHEST = 366 * DAY
"""How long before its time something may be given to us."""
KEPT = 30 * DAY
"""How long, in milliseconds, each user has them."""
JOB = "notices"
SENDERS_ONLY = _("Only admins and programs may send notifications.")
SEEN = 5_000
"""How long, in milliseconds, a page that is looked at may take to say so, before browsers that show none are told."""


def send(tx: Tx, actor: Actor, command: SendNotification) -> Done:
    """Tell them now, or when it is due; the notification's number, or 0 for later."""
    if not access.may("send-notification", actor):
        raise Forbidden(SENDERS_ONLY)
    audience, at = audiences.find(tx, command), now()
    _check(command, at)
    if command.due <= at:
        return told(tx, command, audience, at)
    notices.schedule(tx, audience.name, command.key, command.due, msgspec.json.encode(command).decode())
    jobs.hasten(tx, JOB, command.due)
    return Done(0)


def told(tx: Tx, command: SendNotification, audience: audiences.Audience, at: int) -> Done:
    """Tell these people."""
    notification = Notification(
        0, command.title, command.body, at, audience.people is None, command.key, command.priority,
        tuple(dict.fromkeys(map(preferences.tag_of, command.tags))), command.click, command.actions, command.expires,
    )  # fmt: skip
    if command.expires:
        jobs.hasten(tx, JOB, command.expires)
    if command.key:
        notices.unschedule(tx, audience.name, command.key)
    if audience.people is not None:
        return _tell(tx, notification, audience.people)
    replaced = notices.common(tx, command.key)
    gone = _gone_for_everyone(tx, replaced, at) if replaced else []
    found = notices.by_id(tx, notices.add(tx, notification))
    assert found, "it was just added"
    quiet = found.priority <= preferences.QUIET
    return Done(found.id, (*gone, BroadcastSent(found, replaced, quiet)))


def retract(tx: Tx, actor: Actor, command: RetractNotification) -> Done:
    """Take back what these people have under a key, or would be told."""
    if not access.may("retract-notification", actor):
        raise Forbidden(_("Only admins and programs may take notifications back."))
    audience, at = audiences.find(tx, command), now()
    was_due = notices.unschedule(tx, audience.name, command.key)
    events: list[Event] = []
    if audience.people is None:
        if number := notices.common(tx, command.key):
            events = _gone_for_everyone(tx, number, at)
    else:
        events = take_back(tx, [user.id for user in audience.people], command.key, at)
    if not events and not was_due:
        raise NotFound(_("There is no notification with this key."))
    return Done(command.key, tuple(events))


def take_back(tx: Tx, users: Collection[int], key: str, at: int) -> list[Event]:
    """Take back what these users have under a key, if they have it."""
    return _gone(tx, stored.with_key(tx, users, key), at)


def come_due(tx: Tx, at: int) -> list[Event]:
    """What time brings: tell what is due, bring back what was put off, let go of what has expired."""
    events: list[Event] = []
    for text in notices.take_due(tx, at):
        command = msgspec.json.decode(text, type=SendNotification)
        try:
            events += told(tx, command, audiences.find(tx, command), at).events
        except Refused:  # whom it was for is not there any more
            continue
    for user_id, number in stored.awake(tx, at):
        stored.put(tx, user_id, number, 0, 0, -at)
        events += _sent(tx, user_id, number, 0, at)
    for number in notices.expired(tx, at):
        events += _gone_for_everyone(tx, number, at) if _is_common(tx, number) else _gone_at_all(tx, number, at)
    return events


def sweep(tx: Tx, at: int, most: int) -> int:
    """Forget what is old, and what is too much for those whose hour it is: of each at most so much; how much it was."""
    old = stored.sweep(tx, at - KEPT, most)
    over = stored.trim(tx, stored.KEPT, at // HOUR % stored.SHARES, most)
    return max(old, over, notices.sweep(tx, at - KEPT, most))


def _tell(tx: Tx, notification: Notification, people: list[User]) -> Done:
    number = notices.add(tx, notification)
    found, at = notices.by_id(tx, number), notification.at
    assert found, "it was just added"
    wishing = stored_preferences.with_wishes(tx, [user.id for user in people])
    levels = _levels(tx, found, [user.id for user in people], wishing)
    replaced = stored.with_key(tx, levels, found.key)
    _let_go(tx, replaced, at)
    revs = stored.add_all(tx, levels, number, found.key)
    loud = [user_id for user_id, level in levels.items() if level == "all"]
    pushes.owe(tx, loud, number, at + SEEN)
    later = [user_id for user_id in wishing & levels.keys() if preferences.wished(tx, user_id, found) == "all"]
    mails.owe_unread(tx, [*loud, *later], at)
    tallies = stored.tallies(tx, levels)
    events = [
        NotificationSent(
            user_id, tallies[user_id], msgspec.structs.replace(found, born=revs[user_id], rev=revs[user_id]),
            replaced.get(user_id, 0), level == "inbox",
        )
        for user_id, level in levels.items()
    ]  # fmt: skip
    return Done(number, tuple(events))


def _levels(tx: Tx, found: Notification, people: list[int], wishing: set[int]) -> dict[int, Level]:
    """How far it may go at each of these people, of whom only some wish anything; not those who want none of it."""
    usual: Level = "inbox" if found.priority <= preferences.QUIET else "all"
    levels = {
        user_id: preferences.level(tx, user_id, found, found.at) if user_id in wishing else usual for user_id in people
    }
    return {user_id: level for user_id, level in levels.items() if level != "none"}


def _sent(tx: Tx, user_id: int, number: int, replaced: int, at: int) -> list[Event]:
    found = stored.find(tx, user_id, number)
    if found is None:
        return []
    quiet = preferences.level(tx, user_id, found, at) == "inbox"
    return [NotificationSent(user_id, stored.tally(tx, user_id), found, replaced, quiet)]


def _gone_at_all(tx: Tx, number: int, at: int) -> list[Event]:
    events = _gone(tx, dict.fromkeys(stored.holders(tx, number), number), at)
    notices.drop(tx, number, at)
    return events


def _gone_for_everyone(tx: Tx, number: int, at: int) -> list[Event]:
    events = _gone(tx, dict.fromkeys(stored.holders(tx, number), number), at)
    notices.drop(tx, number, at)
    return [*events, BroadcastRetracted(number, notices.rev(tx))]


def _gone(tx: Tx, held: Mapping[int, int], at: int) -> list[Event]:
    revs = _let_go(tx, held, at)
    tallies = stored.tallies(tx, held)
    return [NotificationRetracted(user_id, tallies[user_id], number, revs[user_id]) for user_id, number in held.items()]


def _let_go(tx: Tx, held: Mapping[int, int], at: int) -> dict[int, int]:
    """Take from each of these users what they have; the rev of each."""
    holders: dict[int, list[int]] = {}
    for user_id, number in held.items():
        holders.setdefault(number, []).append(user_id)
    revs: dict[int, int] = {}
    for number, users in holders.items():
        revs |= stored.drop(tx, users, number, at)
        if not _is_common(tx, number):
            notices.drop_if_unused(tx, number, at)
    return revs


def _is_common(tx: Tx, number: int) -> bool:
    found = notices.by_id(tx, number)
    return found is not None and found.everyone


def _check(command: SendNotification, at: int) -> None:
    for link in (command.click, *(action.url for action in command.actions)):
        if link:
            require_link(link)
    if not all(0 < len(action.label) <= 40 for action in command.actions):
        raise Malformed(_("The label of an action has 1 to 40 characters."))
    if command.expires and command.expires <= max(at, command.due):
        raise Malformed(_("It would expire before anybody is told."))
    if max(command.due, command.expires) > at + FURTHEST:
        raise Malformed(_("That is more than a year from now."))
    if any(not tag.strip() or " " in tag.strip() for tag in command.tags):
        raise Malformed(_("A tag is one word."))
