"""Where users are written to, and what is owed to them."""

from collections.abc import Collection
from typing import NamedTuple

from webchat.store import Tx
from webchat.store.together import together

_COLUMNS = "a.user_id, a.address, a.minutes, a.lang, a.code, a.asked, a.confirmed, a.mailed"


class Address(NamedTuple):
    """Where a user is written to after so many minutes, in which language. ``code`` is what its links are made of,
    ``asked`` and ``confirmed`` are times, and ``mailed`` is up to which number the user was written to."""

    user: int
    address: str
    minutes: int
    lang: str
    code: str
    asked: int
    confirmed: int
    mailed: int


class Owed(NamedTuple):
    """A letter to somebody, which was tried so often."""

    tries: int
    to: Address


def put(tx: Tx, user_id: int, address: str, minutes: int, lang: str, code: str, at: int) -> None:
    """Note an address that is still to be confirmed, in the place of the one before."""
    drop(tx, user_id)
    tx.run(
        "INSERT INTO mail_addresses (user_id, address, minutes, lang, code, asked) VALUES ($1, $2, $3, $4, $5, $6)",
        user_id,
        address,
        minutes,
        lang,
        code,
        at,
    )


def drop(tx: Tx, user_id: int) -> None:
    """Forget a user's address, and what was owed to it."""
    tx.run("DELETE FROM mails WHERE user_id = $1", user_id)
    tx.run("DELETE FROM mail_addresses WHERE user_id = $1", user_id)


def of_user(tx: Tx, user_id: int) -> Address | None:
    """A user's address."""
    row = tx.one(f"SELECT {_COLUMNS} FROM mail_addresses a WHERE a.user_id = $1", user_id)  # noqa: S608 # columns of ours
    return Address(*row) if row else None


def with_code(tx: Tx, code: str) -> Address | None:
    """The address whose links have that code."""
    row = tx.one(f"SELECT {_COLUMNS} FROM mail_addresses a WHERE a.code = $1", code)  # noqa: S608 # as above
    return Address(*row) if row else None


def set_minutes(tx: Tx, user_id: int, minutes: int, lang: str) -> None:
    """Write after so many minutes, in that language."""
    tx.run("UPDATE mail_addresses SET minutes = $2, lang = $3 WHERE user_id = $1", user_id, minutes, lang)


def confirm(tx: Tx, user_id: int, at: int) -> None:
    """It is theirs."""
    tx.run("UPDATE mail_addresses SET confirmed = $2 WHERE user_id = $1", user_id, at)


def owe(tx: Tx, user_id: int, due: int) -> None:
    """Owe a letter to a user, unless one is owed already."""
    tx.run("INSERT INTO mails (user_id, due) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING", user_id, due)


def owe_unread(tx: Tx, users: Collection[int], at: int) -> None:
    """Owe letters about what some users are told now, if they are wanted and not owed already."""
    for places, some in together(users, after=1):
        tx.run(
            "INSERT INTO mails (user_id, due) SELECT user_id, $1 + 60000 * minutes FROM mail_addresses"  # noqa: S608 # numbers
            f" WHERE user_id IN ({places}) AND confirmed > 0 ON CONFLICT (user_id) DO NOTHING",
            at,
            *some,
        )


def is_due(tx: Tx, at: int) -> bool:
    """Whether anything is to be sent."""
    return tx.one("SELECT 1 FROM mails WHERE due <= $1 LIMIT 1", at) is not None


def lease(tx: Tx, at: int, until: int) -> Owed | None:
    """Take the letter that is longest due: nobody else does until then."""
    row = tx.one(
        f"SELECT m.tries, {_COLUMNS} FROM mails m JOIN mail_addresses a ON a.user_id = m.user_id"  # noqa: S608 # as above
        " WHERE m.due <= $1 ORDER BY m.due LIMIT 1",
        at,
    )
    take = "UPDATE mails SET due = $3, tries = tries + 1 WHERE user_id = $1 AND due <= $2 RETURNING user_id"
    return Owed(row[0], Address(*row[1:])) if row and tx.one(take, row[1], at, until) else None


def put_off(tx: Tx, user_id: int, due: int, tries: int) -> None:
    """Try again then."""
    tx.run("UPDATE mails SET due = $2, tries = $3 WHERE user_id = $1", user_id, due, tries)


def done(tx: Tx, user_id: int, upto: int) -> None:
    """Owe it no more; the user was written to up to that number."""
    tx.run("DELETE FROM mails WHERE user_id = $1", user_id)
    tx.run("UPDATE mail_addresses SET mailed = $2 WHERE user_id = $1 AND mailed < $2", user_id, upto)
