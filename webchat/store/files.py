"""Files, and their bytes in parts."""

from webchat.attached import File
from webchat.model import Room
from webchat.store import Tx

PART = 256 * 1024
"""The bytes of a part, but for the last one."""
_SELECT = (
    "SELECT f.id, r.slug, coalesce(f.message_id, 0), f.author, f.guest, f.name, f.type, f.size, f.width, f.height, f.at"
    " FROM files f JOIN rooms r ON r.id = f.room_id"
)
_OF_ROOM = "SELECT CAST(sum(size) AS BIGINT) FROM files WHERE room_id = $1"
_OF_SITE = "SELECT CAST(sum(f.size) AS BIGINT) FROM rooms r JOIN files f ON f.room_id = r.id WHERE r.site_id = $1"
_WAITS = (
    "SELECT 1 FROM held h WHERE h.room_id = files.room_id AND h.author = files.author AND h.guest = files.guest"
    " AND h.state = 'waiting'"
)


def add(tx: Tx, room_id: int, file: File) -> None:
    """Make a file, whose bytes are still to come."""
    tx.run(
        "INSERT INTO files (id, room_id, author, guest, name, type, size, width, height, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        file.id,
        room_id,
        file.author,
        file.guest,
        file.name,
        file.type,
        file.size,
        file.width,
        file.height,
        file.at,
    )


def put(tx: Tx, file_id: str, number: int, data: bytes) -> None:
    """Add a part."""
    tx.run("INSERT INTO file_parts (file_id, n, data) VALUES ($1, $2, $3)", file_id, number, data)


def is_begun(tx: Tx, file_id: str) -> bool:
    """Whether a file was made and not forgotten since, be all of it there or not."""
    return tx.one("SELECT 1 FROM files WHERE id = $1", file_id) is not None


def finish(tx: Tx, file_id: str) -> None:
    """Let a file be there: all of it is."""
    tx.run("UPDATE files SET ready = 1 WHERE id = $1", file_id)


def find(tx: Tx, file_id: str) -> File | None:
    """A file that is there."""
    row = tx.one(f"{_SELECT} WHERE f.id = $1 AND f.ready = 1", file_id)
    return File(*row) if row else None


def part(tx: Tx, file_id: str, number: int) -> bytes:
    """The bytes of a part; none if it is not there any more."""
    row = tx.one("SELECT data FROM file_parts WHERE file_id = $1 AND n = $2", file_id, number)
    return bytes(row[0]) if row else b""


def claim(tx: Tx, file_id: str, message_id: int) -> bool:
    """Let a file go with a message from now on; False if it is not there any more, or goes with another one."""
    sql = "UPDATE files SET message_id = $2 WHERE id = $1 AND coalesce(message_id, $2) = $2 RETURNING id"
    return tx.one(sql, file_id, message_id) is not None


def of(tx: Tx, message_id: int) -> list[str]:
    """The ids of the files that go with a message."""
    return [row[0] for row in tx.all("SELECT id FROM files WHERE message_id = $1", message_id)]


def drop(tx: Tx, file_id: str) -> None:
    """Forget a file."""
    tx.run("DELETE FROM files WHERE id = $1", file_id)


def space(tx: Tx, room: Room) -> int:
    """The bytes of all files of a room, and of a thread's whole site."""
    row = tx.one(_OF_SITE, room.site) if room.site else tx.one(_OF_ROOM, room.id)
    return int(row[0] or 0) if row else 0


def sweep(tx: Tx, before: int, most: int) -> int:
    """Forget what was uploaded before a time and no message named, unless its author's text may still be approved: at
    most so many; how many there were."""
    sql = (
        "DELETE FROM files WHERE id IN (SELECT id FROM files WHERE message_id IS NULL AND at < $1"  # noqa: S608 # ours
        f" AND NOT EXISTS ({_WAITS}) ORDER BY at LIMIT $2) RETURNING size"
    )
    return len(tx.all(sql, before, most))
