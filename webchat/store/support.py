"""How a site's support window is set up, and the texts that its agents have ready."""

from webchat.store import Tx
from webchat.support import Answer, Support


def get(tx: Tx, site_id: int) -> Support:
    """How it is set up."""
    row = tx.one("SELECT enabled, prechat, hours, zone, away, greeting FROM support WHERE site_id = $1", site_id)
    return Support(bool(row[0]), *row[1:]) if row else Support()


def put(tx: Tx, site_id: int, support: Support) -> None:
    """Set it up so."""
    tx.run(
        "INSERT INTO support (site_id, enabled, prechat, hours, zone, away, greeting)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (site_id) DO UPDATE SET enabled = $2, prechat = $3,"
        " hours = $4, zone = $5, away = $6, greeting = $7",
        site_id,
        int(support.enabled),
        support.prechat,
        support.hours,
        support.zone,
        support.away,
        support.greeting,
    )


def answers(tx: Tx, site_id: int) -> list[Answer]:
    """What agents have ready, by key."""
    return [Answer(*row) for row in tx.all("SELECT key, text FROM answers WHERE site_id = $1 ORDER BY key", site_id)]


def put_answer(tx: Tx, site_id: int, answer: Answer) -> None:
    """Have a text ready, in the place of one with the same key."""
    tx.run(
        "INSERT INTO answers (site_id, key, text) VALUES ($1, $2, $3)"
        " ON CONFLICT (site_id, key) DO UPDATE SET text = $3",
        site_id,
        answer.key,
        answer.text,
    )


def drop_answer(tx: Tx, site_id: int, key: str) -> bool:
    """Forget one; False if there was none."""
    return tx.one("DELETE FROM answers WHERE site_id = $1 AND key = $2 RETURNING key", site_id, key) is not None
