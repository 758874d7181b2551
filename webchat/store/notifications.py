"""What each user was told, what they did with it, and how many they have not read."""

from collections.abc import Collection

from webchat.notices import Notification, Receipt, Tally
from webchat.store import Tx
from webchat.store.notices import COLUMNS, notification
from webchat.store.together import together

KEPT = 1000
"""How many of them each user has, and a few more until it is their turn."""
SHARES = 24
"""Of so many users it is the turn of one each time, since to count what somebody has is to look at all of it."""
_SNOOZED = "CASE WHEN p.snoozed > 0 THEN p.snoozed ELSE 0 END"
"""Until when it is put off. Below zero stands when it came again: what did is not forgotten because it is old."""
_OWN = f"{COLUMNS}, p.born, p.rev, p.seen, p.read, p.archived, {_SNOOZED}, p.gone"
_JOINED = f"SELECT {_OWN} FROM notifications p JOIN notices c ON c.id = p.notice_id WHERE p.user_id = $1"  # noqa: S608 # columns of ours
_THEIRS = (
    "c.everyone = 1 AND c.gone = 0 AND c.at >= (SELECT created FROM users WHERE id = $1)"
    " AND NOT EXISTS (SELECT 1 FROM notifications p WHERE p.user_id = $1 AND p.notice_id = c.id)"
)
_COMMON = (
    f"SELECT {COLUMNS}, c.born, c.rev, CASE WHEN c.id <= u.common_seen THEN 1 ELSE 0 END,"  # noqa: S608 # columns of ours
    " CASE WHEN c.id <= u.common_read THEN 1 ELSE 0 END, 0, 0, c.gone"
    f" FROM notices c JOIN users u ON u.id = $1 WHERE {_THEIRS}"
)

_REV = "(SELECT u.notified FROM users u WHERE u.id = notifications.user_id)"
_UNREAD_BY_ALL = (
    "SELECT u.id, c.id FROM users u CROSS JOIN notices c"  # the users first, of whom few are asked for
    " WHERE c.id > u.common_read AND c.everyone = 1 AND c.gone = 0 AND c.at >= u.created"
    " AND NOT EXISTS (SELECT 1 FROM notifications p WHERE p.user_id = u.id AND p.notice_id = c.id)"
)


def next_rev(tx: Tx, user_id: int) -> int:
    """Count that something changes for a user."""
    row = tx.one("UPDATE users SET notified = notified + 1 WHERE id = $1 RETURNING notified", user_id)
    assert row, "a notification needs a user"
    return int(row[0])


def add(tx: Tx, user_id: int, number: int, key: str = "", seen: int = 0, read: int = 0) -> int:
    """Let a user have something that is told; its rev."""
    rev = next_rev(tx, user_id)
    tx.run(
        "INSERT INTO notifications (user_id, notice_id, key, born, rev, seen, read)"
        " VALUES ($1, $2, $3, $4, $4, $5, $6)",
        user_id,
        number,
        key,
        rev,
        seen,
        read,
    )
    return rev


def add_all(tx: Tx, users: Collection[int], number: int, key: str) -> dict[int, int]:
    """Let many users have something that is told; the rev of each."""
    for places, some in together(users, after=2):
        sql = (
            "INSERT INTO notifications (user_id, notice_id, key, born, rev)"  # noqa: S608 # numbers
            f" SELECT id, $1, $2, notified + 1, notified + 1 FROM users WHERE id IN ({places})"
        )
        tx.run(sql, number, key, *some)
    return _next_revs(tx, users)


def with_key(tx: Tx, users: Collection[int], key: str) -> dict[int, int]:
    """The number of what some users have under a key, by user, of those who have something."""
    found: dict[int, int] = {}
    for places, some in together(users if key else (), after=1):
        where = f"user_id IN ({places}) AND key = $1 AND key <> '' AND gone = 0"
        found.update(tx.all(f"SELECT user_id, notice_id FROM notifications WHERE {where}", key, *some))  # noqa: S608 # as above
    return found


def with_key_at_all(tx: Tx, key: str) -> list[int]:
    """Everybody who has something under a key."""
    rows = tx.all("SELECT user_id FROM notifications WHERE key = $1 AND key <> '' AND gone = 0 ORDER BY user_id", key)
    return [row[0] for row in rows]


def keys(tx: Tx, user_id: int, start: str) -> list[str]:
    """The keys of what a user has, of those that start so."""
    sql = "SELECT key FROM notifications WHERE user_id = $1 AND gone = 0 AND substr(key, 1, CAST($3 AS INTEGER)) = $2"
    return [row[0] for row in tx.all(sql, user_id, start, len(start))]


def drop(tx: Tx, users: Collection[int], number: int, at: int) -> dict[int, int]:
    """Take it from users; the rev of each. That it is gone is kept for those who missed it."""
    revs = _next_revs(tx, users)
    for places, some in together(users, after=2):
        where = f"notice_id = $1 AND user_id IN ({places})"
        tx.run(f"UPDATE notifications SET gone = $2, snoozed = 0, rev = {_REV} WHERE {where}", number, at, *some)  # noqa: S608 # as above
    return revs


def find(tx: Tx, user_id: int, number: int) -> Notification | None:
    """A user's notification, also of those that everyone was told; None for one that is gone."""
    row = tx.one(f"{_JOINED} AND p.notice_id = $2 AND p.gone = 0", user_id, number)
    row = row or tx.one(f"{_COMMON} AND c.id = $2", user_id, number)
    return notification(row) if row else None


def newest(tx: Tx, user_id: int, limit: int, before: int = 2**53, *, archived: bool = False) -> list[Notification]:
    """A user's notifications, the newest first: those in the inbox, or those put away or for later."""
    away = "(p.archived > 0 OR p.snoozed > 0)" if archived else "p.archived = 0 AND p.snoozed <= 0"
    sql = f"{_JOINED} AND p.notice_id < $2 AND p.gone = 0 AND {away} ORDER BY p.notice_id DESC LIMIT $3"
    found = tx.all(sql, user_id, before, limit)
    if not archived:
        found += tx.all(f"{_COMMON} AND c.id < $2 ORDER BY c.id DESC LIMIT $3", user_id, before, limit)
    return sorted(map(notification, found), key=lambda one: -one.id)[:limit]


def since(tx: Tx, user_id: int, rev: int, limit: int) -> list[Notification]:
    """What changed for a user since a rev, also what is gone, in order."""
    return [
        notification(row) for row in tx.all(f"{_JOINED} AND p.rev > $2 ORDER BY p.rev LIMIT $3", user_id, rev, limit)
    ]


def reached(tx: Tx, user_id: int) -> tuple[int, int]:
    """A user's rev, and that below which something is forgotten."""
    row = tx.one("SELECT notified, notified_floor FROM users WHERE id = $1", user_id)
    return (row[0], row[1]) if row else (0, 0)


def common_read(tx: Tx, user_id: int) -> int:
    """Up to which number a user has read what everyone was told."""
    row = tx.one("SELECT common_read FROM users WHERE id = $1", user_id)
    return int(row[0]) if row else 0


def tally(tx: Tx, user_id: int) -> Tally:
    """What a user has not read."""
    return tallies(tx, [user_id])[user_id]


def tallies(tx: Tx, users: Collection[int]) -> dict[int, Tally]:
    """What each of some users has not read."""
    own: dict[int, int] = {}
    common: dict[int, list[int]] = {user_id: [] for user_id in users}
    top = tx.one("SELECT max(id) FROM notices WHERE everyone = 1")
    for places, some in together(users):
        where = f"user_id IN ({places}) AND read = 0 AND archived = 0 AND snoozed <= 0 AND gone = 0"
        own.update(tx.all(f"SELECT user_id, count(*) FROM notifications WHERE {where} GROUP BY user_id", *some))  # noqa: S608 # as above
        for user_id, number in tx.all(f"{_UNREAD_BY_ALL} AND u.id IN ({places}) ORDER BY c.id", *some):
            common[user_id].append(number)
    last = (top[0] if top else 0) or 0
    return {user_id: Tally(own.get(user_id, 0), tuple(common[user_id]), last) for user_id in users}


def unseen(tx: Tx, user_id: int) -> list[Notification]:
    """What came while a user was away and is not read, the newest first."""
    away = f"{_JOINED} AND p.seen = 0 AND p.read = 0 AND p.archived = 0 AND p.snoozed <= 0 AND p.gone = 0"
    found = tx.all(away, user_id)
    found += tx.all(f"{_COMMON} AND c.id > u.common_seen AND c.id > u.common_read", user_id)
    return sorted(map(notification, found), key=lambda one: -one.id)


def mark_read(tx: Tx, user_id: int, upto: int, at: int, device: str = "") -> int:
    """Mark those up to number ``upto`` read, on a device; the rev, or 0 if none was unread."""
    where = "user_id = $1 AND notice_id <= $2 AND read = 0 AND gone = 0 AND snoozed <= 0"
    unread = tx.one(f"SELECT 1 FROM notifications WHERE {where} LIMIT 1", user_id, upto)  # noqa: S608 # text of ours
    sql = "UPDATE users SET common_read = $2 WHERE id = $1 AND common_read < $2 RETURNING id"
    if tx.one(sql, user_id, _last_common(tx, upto)) is None and not unread:
        return 0
    rev = next_rev(tx, user_id)
    sql = f"UPDATE notifications SET read = $3, read_on = $5, rev = $4 WHERE {where}"  # noqa: S608 # as above
    tx.run(sql, user_id, upto, at, rev, device)
    return rev


def mark_seen(tx: Tx, user_id: int, upto: int, at: int, device: str = "") -> None:
    """Note that a user was shown, on a device, that there are some up to number ``upto``."""
    sql = "UPDATE users SET common_seen = $2 WHERE id = $1 AND common_seen < $2"
    tx.run(sql, user_id, _last_common(tx, upto))
    where = "user_id = $1 AND notice_id <= $2 AND seen = 0 AND gone = 0"
    tx.run(f"UPDATE notifications SET seen = $3, seen_on = $4 WHERE {where}", user_id, upto, at, device)  # noqa: S608 # as above


def put(
    tx: Tx, user_id: int, number: int, read: int, archived: int, snoozed: int, seen: int = 0, device: str = ""
) -> None:  # fmt: skip
    """Set the state of one, on a device, which was ``seen`` by then if not before; ``snoozed`` until when, or minus the
    time at which it came again, which stays where that is 0. Who has it from those that everyone was told gets a row
    of it."""
    theirs = tx.one("SELECT 1 FROM notifications WHERE user_id = $1 AND notice_id = $2", user_id, number)
    rev = next_rev(tx, user_id) if theirs else add(tx, user_id, number)
    tx.run(
        "UPDATE notifications SET read = $3, archived = $4, rev = $6,"
        " snoozed = CASE WHEN $5 = 0 AND snoozed < 0 THEN snoozed ELSE $5 END,"
        " seen_on = CASE WHEN seen = 0 AND $7 > 0 THEN $8 ELSE seen_on END,"
        " read_on = CASE WHEN $3 = 0 THEN '' WHEN read = 0 THEN $8 ELSE read_on END,"
        " seen = CASE WHEN seen = 0 THEN $7 ELSE seen END WHERE user_id = $1 AND notice_id = $2",
        user_id,
        number,
        read,
        archived,
        snoozed,
        rev,
        seen,
        device,
    )


def holders(tx: Tx, number: int) -> list[int]:
    """The ids of the users who have it, but for those who have it only because everyone was told."""
    sql = "SELECT user_id FROM notifications WHERE notice_id = $1 AND gone = 0 ORDER BY user_id"
    return [row[0] for row in tx.all(sql, number)]


def awake(tx: Tx, at: int) -> list[tuple[int, int]]:
    """Whose notification is to come again, and which."""
    sql = "SELECT user_id, notice_id FROM notifications WHERE snoozed > 0 AND snoozed <= $1 AND gone = 0"
    return [(row[0], row[1]) for row in tx.all(sql, at)]


def receipts(tx: Tx, number: int, limit: int) -> list[Receipt]:
    """What became of it at those who have it."""
    sql = (
        f"SELECT u.name, p.seen, p.seen_on, p.read, p.read_on, p.archived, {_SNOOZED}"  # noqa: S608 # a piece of ours
        " FROM notifications p JOIN users u ON u.id = p.user_id"
        " WHERE p.notice_id = $1 AND p.gone = 0 ORDER BY u.id LIMIT $2"
    )
    return [Receipt(*row) for row in tx.all(sql, number, limit)]


def sweep(tx: Tx, before: int, most: int) -> int:
    """Forget what came before a time, unless it is put off or came again since: at most so much; how much it was."""
    old = (
        "SELECT p.user_id, p.notice_id FROM notices c JOIN notifications p ON p.notice_id = c.id"
        " WHERE c.at < $1 AND p.snoozed <= 0 AND -p.snoozed < $1 ORDER BY c.at LIMIT $2"
    )
    return _forget(tx, f"(user_id, notice_id) IN ({old})", before, most)


def trim(tx: Tx, kept: int, share: int, most: int) -> int:
    """Forget what users have over ``kept``, the oldest first, of the users whose turn it is: that of one ``share`` of
    `SHARES`. At most so much of each; how much it was of one."""
    counts = tx.all(
        "SELECT u.id, (SELECT count(*) FROM notifications p WHERE p.user_id = u.id) FROM users u"
        " WHERE u.id % $1 = $2 AND u.notified > $3",
        SHARES,
        share,
        kept,
    )
    oldest = "SELECT notice_id FROM notifications WHERE user_id = $1 ORDER BY notice_id LIMIT $2"
    over = [(user_id, min(count - kept, most)) for user_id, count in counts if count > kept]
    return max((_forget(tx, f"user_id = $1 AND notice_id IN ({oldest})", *one) for one in over), default=0)


def _next_revs(tx: Tx, users: Collection[int]) -> dict[int, int]:
    """Count that something changes for each of some users."""
    revs: dict[int, int] = {}
    for places, some in together(users):
        sql = f"UPDATE users SET notified = notified + 1 WHERE id IN ({places}) RETURNING id, notified"  # noqa: S608 # as above
        revs.update(tx.all(sql, *some))
    return revs


def _forget(tx: Tx, where: str, *args: object) -> int:
    gone = tx.all(f"DELETE FROM notifications WHERE {where} RETURNING user_id, rev", *args)  # noqa: S608 # text of ours
    highest: dict[int, int] = dict(sorted(gone))
    for user_id, rev in highest.items():
        tx.run("UPDATE users SET notified_floor = $2 WHERE id = $1 AND notified_floor < $2", user_id, rev)
    return len(gone)


def _last_common(tx: Tx, upto: int) -> int:
    """The last that everyone was told up to a number: how far one can be, so that what comes is not read before."""
    row = tx.one("SELECT max(id) FROM notices WHERE everyone = 1 AND id <= $1", upto)
    return int(row[0] or 0) if row else 0
