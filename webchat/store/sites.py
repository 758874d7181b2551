"""Other people's sites that have rooms of ours on their pages."""

from webchat.model import GuestAccess, Site
from webchat.store import Row, Tx

_SELECT = "SELECT id, name, title, origins, guests, secret, created, former, former_until FROM sites"


def add(tx: Tx, draft: Site, skeleton: str) -> Site | None:
    """Keep a new one, which gets its id; None if the name, or one that looks like it, is taken."""
    row = tx.one(
        "INSERT INTO sites (name, skeleton, title, origins, guests, secret, created)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT DO NOTHING RETURNING id, name, title, origins, guests, secret, created, former,"
        " former_until",
        draft.name,
        skeleton,
        draft.title,
        " ".join(draft.origins),
        draft.guests,
        draft.secret,
        draft.created,
    )
    return _site(row) if row else None


def by_name(tx: Tx, name: str) -> Site | None:
    """The site of that name."""
    row = tx.one(f"{_SELECT} WHERE name = $1", name)
    return _site(row) if row else None


def by_id(tx: Tx, number: int) -> Site | None:
    """The site with that id."""
    row = tx.one(f"{_SELECT} WHERE id = $1", number)
    return _site(row) if row else None


def everything(tx: Tx) -> list[Site]:
    """All of them, by name."""
    return [_site(row) for row in tx.all(f"{_SELECT} ORDER BY name")]


def change(tx: Tx, site: Site) -> None:
    """Store what can be changed of a site."""
    tx.run(
        "UPDATE sites SET title = $2, origins = $3, guests = $4, secret = $5, former = $6, former_until = $7"
        " WHERE id = $1",
        site.id,
        site.title,
        " ".join(site.origins),
        site.guests,
        site.secret,
        site.former,
        site.former_until,
    )


def threads(tx: Tx, site_id: int) -> int:
    """How many threads it has."""
    row = tx.one("SELECT count(*) FROM rooms WHERE site_id = $1 AND visitor = ''", site_id)
    return int(row[0]) if row else 0


def let_guests(tx: Tx, site_id: int, guests: GuestAccess) -> None:
    """Say what guests may do in all of its threads."""
    tx.run(
        "UPDATE rooms SET guests = $2, edits = edits + 1 WHERE site_id = $1 AND visitor = '' AND guests <> $2",
        site_id,
        guests,
    )


def next_end(tx: Tx) -> int | None:
    """When the next former secret signs no more; None if none does."""
    row = tx.one("SELECT min(former_until) FROM sites WHERE former_until > 0")
    return row[0] if row else None


def sweep(tx: Tx, at: int) -> int:
    """Forget the former secrets that sign no more; how many there were."""
    return len(
        tx.all(
            "UPDATE sites SET former = '', former_until = 0 WHERE former_until > 0 AND former_until <= $1 RETURNING id",
            at,
        )
    )


def _site(row: Row) -> Site:
    return Site(row[0], row[1], row[2], tuple(row[3].split()), *row[4:])
