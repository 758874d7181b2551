"""What programs show instead of a session. The secret is not here, only its hash."""

from collections.abc import Iterable

from webchat.keys import Token
from webchat.model import User
from webchat.store import Row, Tx

_SELECT = (
    "SELECT t.id, t.prefix, t.scopes, t.created, t.expires, t.used, u.id, u.name, u.title, u.role, u.status"
    " FROM tokens t JOIN users u ON u.id = t.user_id"
)
_LIVE = "(t.expires = 0 OR t.expires > $2) AND u.disabled = 0"


def add(tx: Tx, user_id: int, credential: str, prefix: str, scopes: Iterable[str], at: int, expires: int) -> int:
    """Keep a new token under its hash; its id. ``expires`` is 0 for no end."""
    row = tx.one(
        "INSERT INTO tokens (user_id, hash, prefix, scopes, created, expires) VALUES ($1, $2, $3, $4, $5, $6)"
        " RETURNING id",
        user_id,
        credential,
        prefix,
        " ".join(scopes),
        at,
        expires,
    )
    assert row, "an insert returns its row"
    return int(row[0])


def find(tx: Tx, credential: str, at: int) -> Token | None:
    """The token with that hash, while it lasts and the account is not disabled."""
    row = tx.one(f"{_SELECT} WHERE t.hash = $1 AND {_LIVE}", credential, at)
    return _token(row) if row else None


def by_id(tx: Tx, token_id: int) -> Token | None:
    """The token with that id, also when it is over."""
    row = tx.one(f"{_SELECT} WHERE t.id = $1", token_id)
    return _token(row) if row else None


def newest(tx: Tx, limit: int) -> list[Token]:
    """The tokens, the newest first."""
    return [_token(row) for row in tx.all(f"{_SELECT} ORDER BY t.id DESC LIMIT $1", limit)]


def how_many(tx: Tx) -> int:
    """The number of tokens."""
    row = tx.one("SELECT count(*) FROM tokens")
    return int(row[0]) if row else 0


def use(tx: Tx, credential: str, at: int, before: int) -> None:
    """Note a use, if the last one was noted ``before`` or earlier."""
    tx.run("UPDATE tokens SET used = $2 WHERE hash = $1 AND used <= $3", credential, at, before)


def end(tx: Tx, token_id: int) -> str | None:
    """Forget a token; its hash, or None if there was none."""
    row = tx.one("DELETE FROM tokens WHERE id = $1 RETURNING hash", token_id)
    return row[0] if row else None


def end_all(tx: Tx, user_id: int) -> list[str]:
    """Forget all tokens of a user; returns their hashes."""
    return [row[0] for row in tx.all("DELETE FROM tokens WHERE user_id = $1 RETURNING hash", user_id)]


def next_end(tx: Tx) -> int | None:
    """When the next token is over; None if none ever is."""
    row = tx.one("SELECT min(expires) FROM tokens WHERE expires > 0")
    return row[0] if row else None


def sweep(tx: Tx, at: int) -> int:
    """Forget the tokens that are over; how many there were."""
    return len(tx.all("DELETE FROM tokens WHERE expires > 0 AND expires <= $1 RETURNING id", at))


def _token(row: Row) -> Token:
    return Token(row[0], User(*row[6:]), row[1], tuple(row[2].split()), *row[3:6])
