"""How much users want to hear, and when."""

from collections.abc import Collection, Mapping

from webchat.notices import Level, QuietHours
from webchat.store import Tx
from webchat.store.together import together


def levels(tx: Tx, user_id: int) -> Mapping[str, Level]:
    """How much a user wants to hear of what has which tag; the empty one is for all else."""
    return dict(tx.all("SELECT tag, level FROM tag_levels WHERE user_id = $1 ORDER BY tag", user_id))


def with_wishes(tx: Tx, users: Collection[int]) -> set[int]:
    """Those of some users who want anything to be otherwise."""
    if len(users) == 1:
        return set(users)
    found: set[int] = set()
    for places, some in together(users):
        where = f"user_id IN ({places})"
        sql = f"SELECT user_id FROM tag_levels WHERE {where} UNION SELECT user_id FROM quiet_hours WHERE {where}"  # noqa: S608 # numbers
        found |= {row[0] for row in tx.all(sql, *some)}
    return found


def set_level(tx: Tx, user_id: int, tag: str, level: str) -> None:
    """Set how much; an empty one is none of its own."""
    tx.run("DELETE FROM tag_levels WHERE user_id = $1 AND tag = $2", user_id, tag)
    if level:
        tx.run("INSERT INTO tag_levels (user_id, tag, level) VALUES ($1, $2, $3)", user_id, tag, level)


def quiet_hours(tx: Tx, user_id: int) -> QuietHours | None:
    """When a user wants to be left in peace."""
    row = tx.one("SELECT begins, ends, zone FROM quiet_hours WHERE user_id = $1", user_id)
    return QuietHours(*row) if row else None


def set_quiet_hours(tx: Tx, user_id: int, hours: QuietHours | None) -> None:
    """Set when; None for never."""
    tx.run("DELETE FROM quiet_hours WHERE user_id = $1", user_id)
    if hours:
        sql = "INSERT INTO quiet_hours (user_id, begins, ends, zone) VALUES ($1, $2, $3, $4)"
        tx.run(sql, user_id, hours.begins, hours.ends, hours.zone)
