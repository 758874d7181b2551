"""Browsers that are reached also while they show nothing, and what is owed to them."""

from collections.abc import Collection
from typing import NamedTuple

from webchat.store import Tx
from webchat.store.together import together


class Browser(NamedTuple):
    """Where one is reached, and with what it reads."""

    id: int
    user: int
    endpoint: str
    p256dh: str
    auth: str


class Owed(NamedTuple):
    """Something that is to be pushed, for the how manieth time."""

    id: int
    notice: int
    tries: int
    browser: Browser


def put(tx: Tx, user_id: int, session: str, endpoint: str, p256dh: str, auth: str, at: int) -> None:
    """Note a browser, in the place of what had its address; of one session only the last."""
    tx.run("DELETE FROM subscriptions WHERE endpoint = $1 OR session = $2", endpoint, session)
    tx.run(
        "INSERT INTO subscriptions (user_id, session, endpoint, p256dh, auth, at) VALUES ($1, $2, $3, $4, $5, $6)",
        user_id,
        session,
        endpoint,
        p256dh,
        auth,
        at,
    )


def drop(tx: Tx, user_id: int, endpoint: str) -> None:
    """Forget a user's browser."""
    tx.run("DELETE FROM subscriptions WHERE user_id = $1 AND endpoint = $2", user_id, endpoint)


def drop_session(tx: Tx, session: str) -> None:
    """Forget the browser of a session."""
    tx.run("DELETE FROM subscriptions WHERE session = $1", session)


def of_session(tx: Tx, session: str) -> Browser | None:
    """The browser of a session."""
    row = tx.one("SELECT id, user_id, endpoint, p256dh, auth FROM subscriptions WHERE session = $1", session)
    return Browser(*row) if row else None


def owe(tx: Tx, users: Collection[int], number: int, due: int) -> None:
    """Owe a notification to all browsers of some users."""
    for places, some in together(users, after=2):
        tx.run(
            "INSERT INTO pushes (subscription_id, notice_id, due) SELECT id, $1, $2 FROM subscriptions"  # noqa: S608 # numbers
            f" WHERE user_id IN ({places}) ON CONFLICT DO NOTHING",
            number,
            due,
            *some,
        )


def is_due(tx: Tx, at: int) -> bool:
    """Whether anything is to be pushed."""
    return tx.one("SELECT 1 FROM pushes WHERE due <= $1 LIMIT 1", at) is not None


def lease(tx: Tx, at: int, until: int, limit: int) -> list[Owed]:
    """Take what is due: nobody else does until then."""
    rows = tx.all(
        "SELECT p.id, p.notice_id, p.tries, s.id, s.user_id, s.endpoint, s.p256dh, s.auth"
        " FROM pushes p JOIN subscriptions s ON s.id = p.subscription_id WHERE p.due <= $1 ORDER BY p.due LIMIT $2",
        at,
        limit,
    )
    take = "UPDATE pushes SET due = $3, tries = tries + 1 WHERE id = $1 AND due <= $2 RETURNING id"
    return [Owed(row[0], row[1], row[2], Browser(*row[3:])) for row in rows if tx.one(take, row[0], at, until)]


def done(tx: Tx, owed: int) -> None:
    """Owe it no more."""
    tx.run("DELETE FROM pushes WHERE id = $1", owed)


def put_off(tx: Tx, owed: int, due: int) -> None:
    """Try it again then."""
    tx.run("UPDATE pushes SET due = $2 WHERE id = $1", owed, due)
