"""The programs that judge what is said: of a room, or of the threads of a site that have no rules of their own."""

from webchat.rules import Judge
from webchat.store import Row, Tx

_SELECT = "SELECT judge, secret, failed, error, resting FROM"


def get(tx: Tx, room_id: int) -> Judge:
    """The one that a room goes by: its own, that of its site, or none."""
    if row := tx.one(f"{_SELECT} rules WHERE room_id = $1", room_id):
        return _judge(row)
    site = "(SELECT r.site_id FROM rooms r WHERE r.id = $1)"
    return _judge(tx.one(f"{_SELECT} site_rules WHERE site_id = {site}", room_id))


def of_site(tx: Tx, site_id: int) -> Judge:
    """That of a site's threads."""
    return _judge(tx.one(f"{_SELECT} site_rules WHERE site_id = $1", site_id))


def note(tx: Tx, judge: Judge) -> None:
    """Note how asking goes, wherever this is the judge; nothing where it is no more."""
    for table in ("rules", "site_rules"):
        tx.run(
            f"UPDATE {table} SET failed = $2, error = $3, resting = $4 WHERE secret = $1 AND judge = $5",  # noqa: S608 # ours
            judge.secret,
            judge.failed,
            judge.error,
            judge.resting,
            judge.url,
        )


def _judge(row: Row | None) -> Judge:
    return Judge(*row) if row else Judge()
