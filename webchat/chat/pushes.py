"""Pushing to browsers that show nothing: owed in the transaction that tells somebody, done once nobody has seen it."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection

import anyio
import msgspec

from webchat.chat.clock import DAY, MINUTE, now
from webchat.chat.done import Done
from webchat.chat.owing import see_to
from webchat.errors import Malformed, Unavailable, sentence as _
from webchat.model import User
from webchat.notices import Notification
from webchat.outside.push import LONGEST, Answer, Subscription, base64_of, checked, unbase64
from webchat.store import ASIDE, Store, Tx, notifications, pushes as stored

log = logging.getLogger("webchat.push")

LEASE = 2 * MINUTE
TOGETHER = 20
TRIES = 5
LEAST = 200
"""Bytes of a push that are left for its text."""
URGENCY = {1: "very-low", 2: "low", 3: "normal", 4: "high", 5: "high"}
Push = Callable[[Subscription, bytes, int, dict[str, str]], Awaitable[Answer]]


def subscribe(tx: Tx, user: User, session: str, to: Subscription, trusted: Collection[str]) -> Done:
    """Note a user's browser, for as long as its session lasts. Raises Malformed for what cannot be one."""
    checked(to.endpoint, trusted)
    try:
        right = len(unbase64(to.p256dh)) == 65 and len(unbase64(to.auth)) == 16
    except ValueError:
        right = False
    if not right or len(to.endpoint) > 2000:
        raise Malformed(_("These are not the keys of a browser."))
    stored.put(tx, user.id, session, *to, now())
    return Done("")


def unsubscribe(tx: Tx, session: str) -> Done:
    """Forget the browser of a session."""
    stored.drop_session(tx, session)
    return Done("")


def try_out(place: str) -> bytes:
    """What is pushed to see whether it can be."""
    return msgspec.json.encode({"title": place, "body": "🔔", "click": "/settings#notifications"})


def payload(one: Notification, unread: int) -> bytes:
    """What the browser shows, cut to what every service takes: its text at the end, and a link that would leave no room
    for any, which the inbox has."""
    told = {"id": one.id, "title": one.title, "body": "", "click": one.click, "unread": unread}
    if len(msgspec.json.encode(told)) > LONGEST - LEAST:
        told["click"] = ""
    body = one.body
    while len(found := msgspec.json.encode(told | {"body": body})) > LONGEST and body:
        body = body[: -1 - (len(found) - LONGEST) // 6]  # a character takes at most six bytes
    return found


def headers(one: Notification, at: int) -> dict[str, str]:
    """What the service is told: how long to keep it, how urgent it is, and what it takes the place of."""
    lasts = min(one.expires - at, 28 * DAY) if one.expires else 3 * DAY
    topic = base64_of(hashlib.sha256(one.key.encode()).digest())[:32] if one.key else ""
    told = {"TTL": str(max(0, lasts // 1000)), "Urgency": URGENCY[one.priority]}
    return told | ({"Topic": topic} if topic else {})


async def run(store: Store, push: Push) -> None:
    """Push what is due, look again every second, until cancelled."""
    await see_to(log, "The pushes", lambda: do_some(store, push), 1)


async def do_some(store: Store, push: Push) -> bool:
    """Push some of what is due; whether there was any."""
    at = now()
    if not await store.read(lambda tx: stored.is_due(tx, at)):
        return False
    owed = await store.write(lambda tx: stored.lease(tx, at, at + LEASE, TOGETHER), reach=ASIDE)
    async with anyio.create_task_group() as group:
        for one in owed:
            group.start_soon(_do, store, push, one)
    return bool(owed)


async def _do(store: Store, push: Push, owed: stored.Owed) -> None:
    """Push one, unless it was seen meanwhile: a page that somebody looks at says so at once. If this does not come to
    its end, the lease runs out."""
    browser = owed.browser

    def read(tx: Tx) -> tuple[Notification | None, int]:
        found = notifications.find(tx, browser.user, owed.notice)
        return found, notifications.tally(tx, browser.user).total

    try:
        found, unread = await store.read(read)
        answer = Answer(200)
        if found and found.is_listed and not (found.seen or found.read):
            to = Subscription(browser.endpoint, browser.p256dh, browser.auth)
            answer = await push(to, payload(found, unread), now() // 1000, headers(found, now()))
        await store.write(lambda tx: _answered(tx, owed, answer), reach=ASIDE)
    except Unavailable:
        log.warning("A push waits: the store cannot be used.")
    except Exception:
        log.exception("A push failed. It is tried again later.")


def _answered(tx: Tx, owed: stored.Owed, answer: Answer) -> None:
    if answer.is_gone:
        stored.drop(tx, owed.browser.user, owed.browser.endpoint)
    elif answer.is_done or owed.tries + 1 >= TRIES or 400 <= answer.status < 429:
        stored.done(tx, owed.id)
        if not answer.is_done:
            log.warning("A push was not taken: %s %s", answer.status, answer.why[:200])
    else:
        stored.put_off(tx, owed.id, now() + MINUTE * 2**owed.tries)
