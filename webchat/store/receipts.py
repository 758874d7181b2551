"""Which commands were done already: what was answered for an author's cid."""

from webchat.store import Tx


def get(tx: Tx, author: int, cid: str) -> str | None:
    """The answer given before, or None."""
    row = tx.one("SELECT result FROM receipts WHERE author = $1 AND cid = $2", author, cid)
    return str(row[0]) if row else None


def add(tx: Tx, author: int, cid: str, result: str, at: int) -> None:
    """Keep the answer; the first one stays."""
    tx.run(
        "INSERT INTO receipts (author, cid, result, at) VALUES ($1, $2, $3, $4) ON CONFLICT (author, cid) DO NOTHING",
        author,
        cid,
        result,
        at,
    )


def sweep(tx: Tx, before: int, most: int) -> int:
    """Forget the answers given before that time, at most so many; how many there were."""
    sql = (
        "DELETE FROM receipts WHERE (author, cid) IN"
        " (SELECT author, cid FROM receipts WHERE at < $1 ORDER BY at LIMIT $2) RETURNING at"
    )
    return len(tx.all(sql, before, most))
