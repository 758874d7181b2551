"""What is told: notices, those for everyone among them, and what is to be told later."""

import msgspec

from webchat.notices import Action, Notification
from webchat.store import Row, Tx, meta

COLUMNS = (
    "c.id, c.title, c.body, c.at, c.everyone, c.key, c.priority, c.tags, c.click, c.actions, c.expires,"
    " c.pressed, c.pressed_at, c.presser, c.device"
)
_COMMON = f"{COLUMNS}, c.born, c.rev, 0, 0, 0, 0, c.gone"
_actions = msgspec.json.Decoder(tuple[Action, ...])


def add(tx: Tx, notice: Notification) -> int:
    """Keep what is told; its number."""
    rev = _next(tx) if notice.everyone else 0
    row = tx.one(
        "INSERT INTO notices (everyone, key, title, body, at, priority, tags, click, actions, expires, born, rev)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING id",
        int(notice.everyone),
        notice.key,
        notice.title,
        notice.body,
        notice.at,
        notice.priority,
        " ".join(notice.tags),
        notice.click,
        msgspec.json.encode(notice.actions).decode(),
        notice.expires,
        rev,
    )
    assert row
    return int(row[0])


def by_id(tx: Tx, number: int) -> Notification | None:
    """What was told under a number, as it is for nobody in particular."""
    row = tx.one(f"SELECT {_COMMON} FROM notices c WHERE c.id = $1", number)  # noqa: S608 # columns of ours
    return notification(row) if row else None


def common(tx: Tx, key: str) -> int:
    """The number of what everyone was told under a key; 0 if there is none."""
    row = tx.one("SELECT id FROM notices WHERE everyone = 1 AND key = $1 AND key <> '' AND gone = 0", key)
    return int(row[0]) if row else 0


def common_since(tx: Tx, rev: int, limit: int) -> list[Notification]:
    """What everyone was told, and what of that has changed, since a rev."""
    sql = f"SELECT {_COMMON} FROM notices c WHERE c.everyone = 1 AND c.rev > $1 ORDER BY c.rev LIMIT $2"  # noqa: S608 # as above
    return [notification(row) for row in tx.all(sql, rev, limit)]


def press(tx: Tx, number: int, label: str, presser: str, device: str, at: int) -> bool:
    """Note who pressed which button; False if somebody was faster."""
    row = tx.one(
        "UPDATE notices SET pressed = $2, presser = $3, device = $4, pressed_at = $5"
        " WHERE id = $1 AND pressed_at = 0 AND gone = 0 RETURNING everyone",
        number,
        label,
        presser,
        device,
        at,
    )
    if row and row[0]:
        tx.run("UPDATE notices SET rev = $2 WHERE id = $1", number, _next(tx))
    return row is not None


def drop(tx: Tx, number: int, at: int) -> None:
    """Let go of what was told: nothing of its texts stays."""
    tx.run(
        "UPDATE notices SET gone = $2, title = '', body = '', tags = '', click = '', actions = '[]', pressed = '',"
        " presser = '', device = '', rev = CASE WHEN everyone = 1 THEN $3 ELSE 0 END WHERE id = $1",
        number,
        at,
        _next(tx),
    )


def drop_if_unused(tx: Tx, number: int, at: int) -> None:
    """Let go of what was told if nobody has it any more."""
    sql = "SELECT 1 FROM notifications WHERE notice_id = $1 AND gone = 0 LIMIT 1"
    if tx.one(sql, number) is None:
        drop(tx, number, at)


def expired(tx: Tx, at: int) -> list[int]:
    """Those whose time is over."""
    return [row[0] for row in tx.all("SELECT id FROM notices WHERE expires > 0 AND expires <= $1 AND gone = 0", at)]


def next_change(tx: Tx) -> int | None:
    """When the next one expires, wakes or is due."""
    row = tx.one(
        "SELECT min(t) FROM (SELECT min(expires) AS t FROM notices WHERE expires > 0 AND gone = 0"
        " UNION ALL SELECT min(snoozed) FROM notifications WHERE snoozed > 0 AND gone = 0"
        " UNION ALL SELECT min(due) FROM scheduled) AS times"
    )
    return row[0] if row else None


def sweep(tx: Tx, before: int, most: int) -> int:
    """Forget what was told before a time and nobody has, at most so much; how much it was."""
    rows = tx.all(
        "DELETE FROM notices WHERE id IN (SELECT c.id FROM notices c WHERE c.at < $1"
        " AND NOT EXISTS (SELECT 1 FROM notifications p WHERE p.notice_id = c.id) ORDER BY c.at LIMIT $2)"
        " RETURNING rev",
        before,
        most,
    )
    highest = max((row[0] for row in rows), default=0)
    if highest > floor(tx):
        meta.put(tx, "notices_floor", str(highest))
    return len(rows)


def rev(tx: Tx) -> int:
    """The rev of what everyone was told."""
    return int(meta.get(tx, "notices") or 0)


def floor(tx: Tx) -> int:
    """The rev of what everyone was told below which something is forgotten."""
    return int(meta.get(tx, "notices_floor") or 0)


def schedule(tx: Tx, audience: str, key: str, due: int, command: str) -> None:
    """Keep what is to be told at a time, in the place of what has the same key for the same people."""
    tx.run("DELETE FROM scheduled WHERE audience = $1 AND key = $2 AND key <> ''", audience, key)
    sql = "INSERT INTO scheduled (audience, key, due, command) VALUES ($1, $2, $3, $4)"
    tx.run(sql, audience, key, due, command)


def unschedule(tx: Tx, audience: str, key: str) -> bool:
    """Forget what was to be told; whether there was something."""
    sql = "DELETE FROM scheduled WHERE audience = $1 AND key = $2 AND key <> '' RETURNING id"
    return bool(tx.all(sql, audience, key))


def take_due(tx: Tx, at: int) -> list[str]:
    """The commands whose time has come, each once."""
    rows = tx.all("SELECT id, command FROM scheduled WHERE due <= $1 ORDER BY due, id LIMIT 1000", at)
    for row in rows:
        tx.run("DELETE FROM scheduled WHERE id = $1", row[0])
    return [str(row[1]) for row in rows]


def notification(row: Row) -> Notification:
    """The notification that a row of `COLUMNS`, and of what is so for one user, is."""
    values = [*row]
    values[4], values[7], values[9] = bool(row[4]), tuple(row[7].split()), _actions.decode(row[9])
    return Notification(*values)


def _next(tx: Tx) -> int:
    row = tx.one(
        "INSERT INTO meta (key, value) VALUES ('notices', '1')"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT) RETURNING value"
    )
    assert row
    return int(row[0])
