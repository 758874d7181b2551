"""Users and their passwords' hashes."""

from collections.abc import Mapping

from webchat.model import BOT, Account, Role, User
from webchat.store import Row, Tx

_COLUMNS = "id, name, title, role, status, disabled"
_ACCOUNT = (
    f"{_COLUMNS}, created, seen, (SELECT max(s.seen) FROM sessions s WHERE s.user_id = users.id),"  # noqa: S608 # columns of ours
    " (SELECT max(t.used) FROM tokens t WHERE t.user_id = users.id)"
)


def by_name(tx: Tx, name: str) -> User | None:
    """The user called ``name``."""
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE name = $1", name)  # noqa: S608 # columns of ours
    return _user(row) if row else None


def person(tx: Tx, name: str) -> User | None:
    """The person called ``name``: nobody for a program's account, or one that is disabled."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE name = $1 AND role <> 'bot' AND disabled = 0"  # noqa: S608 # columns of ours
    row = tx.one(sql, name)
    return _user(row) if row else None


def by_id(tx: Tx, user_id: int) -> User | None:
    """The user with that id."""
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id)  # noqa: S608 # columns of ours
    return _user(row) if row else None


def like(tx: Tx, skeleton: str) -> User | None:
    """The user whose name has that skeleton."""
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE skeleton = $1", skeleton)  # noqa: S608 # columns of ours
    return _user(row) if row else None


def people(tx: Tx) -> list[User]:
    """All users that are people, by title."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE role <> 'bot' ORDER BY title, id"  # noqa: S608 # columns of ours
    return [_user(row) for row in tx.all(sql)]


def bots(tx: Tx) -> list[User]:
    """All bots but for the one that speaks for the place, by name."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE role = 'bot' AND id <> $1 ORDER BY name"  # noqa: S608 # columns of ours
    return [_user(row) for row in tx.all(sql, BOT)]


def add(tx: Tx, name: str, skeleton: str, title: str, role: Role, password: str, at: int) -> User | None:
    """Add a user; None if the name, or one that looks like it, is taken. ``password`` is a hash."""
    row = tx.one(
        "INSERT INTO users (name, skeleton, title, role, password, created) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING RETURNING id",
        name,
        skeleton,
        title,
        role,
        password,
        at,
    )
    return User(row[0], name, title, role) if row else None


def admins(tx: Tx) -> list[User]:
    """Those who look after the place, by id."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE role IN ('owner', 'admin') ORDER BY id"  # noqa: S608 # columns of ours
    return [_user(row) for row in tx.all(sql)]


def of_role(tx: Tx, role: str) -> list[User]:
    """The people of a role, but for disabled accounts, by id."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE role = $1 AND disabled = 0 ORDER BY id"  # noqa: S608 # columns of ours
    return [_user(row) for row in tx.all(sql, role)]


def seen(tx: Tx, user_id: int) -> int:
    """When a user was last seen; 0 if never."""
    row = tx.one("SELECT seen FROM users WHERE id = $1", user_id)
    return int(row[0]) if row else 0


def saw(tx: Tx, times: Mapping[int, int]) -> None:
    """Note when users were last seen; it never goes back."""
    for user_id, at in sorted(times.items()):  # in one order, whoever else does so at the same time
        tx.run("UPDATE users SET seen = $2 WHERE id = $1 AND seen < $2", user_id, at)


def any_admin(tx: Tx) -> bool:
    """Whether the place was set up."""
    return tx.one("SELECT 1 FROM users WHERE role IN ('owner', 'admin') LIMIT 1") is not None


def credentials(tx: Tx, name: str) -> tuple[User, str] | None:
    """The user who may sign in as ``name``, and the hash of the password."""
    row = tx.one(
        f"SELECT {_COLUMNS}, password FROM users"  # noqa: S608 # columns of ours
        " WHERE name = $1 AND role <> 'bot' AND disabled = 0",
        name,
    )
    return (_user(row[:-1]), str(row[-1])) if row else None


def password(tx: Tx, user_id: int) -> str:
    """The hash of a user's password; empty if there is none, or the account is disabled."""
    row = tx.one("SELECT password FROM users WHERE id = $1 AND disabled = 0", user_id)
    return str(row[0]) if row else ""


def set_password(tx: Tx, user_id: int, password: str) -> None:
    """Replace the hash of a user's password."""
    tx.run("UPDATE users SET password = $2 WHERE id = $1", user_id, password)


def set_profile(tx: Tx, user_id: int, title: str, status: str) -> bool:
    """Change what a user is called and says; False if it was so already."""
    row = tx.one(
        "UPDATE users SET title = $2, status = $3 WHERE id = $1 AND (title <> $2 OR status <> $3) RETURNING id",
        user_id,
        title,
        status,
    )
    return row is not None


def set_role(tx: Tx, user_id: int, role: Role) -> None:
    """Give a user another role."""
    tx.run("UPDATE users SET role = $2 WHERE id = $1", user_id, role)


def set_disabled(tx: Tx, user_id: int, at: int) -> bool:
    """Disable a user at the time ``at``, or enable with 0; False if that was so already."""
    row = tx.one(
        "UPDATE users SET disabled = $2 WHERE id = $1 AND (disabled = 0) <> ($2 = 0) RETURNING id", user_id, at
    )
    return row is not None


def other_owner(tx: Tx, user_id: int) -> bool:
    """Whether there is an owner who can sign in besides this user."""
    return tx.one("SELECT 1 FROM users WHERE role = 'owner' AND disabled = 0 AND id <> $1", user_id) is not None


def page(tx: Tx, search: str, after: str, limit: int) -> list[Account]:
    """Accounts by name, those after the name ``after``; with ``search``, in whose name or title that is."""
    pattern = "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in search)
    rows = tx.all(
        f"SELECT {_ACCOUNT} FROM users WHERE name > $2"  # noqa: S608 # columns of ours
        " AND (name LIKE $1 ESCAPE '\\' OR lower(title) LIKE $1 ESCAPE '\\') ORDER BY name LIMIT $3",
        f"%{pattern}%",
        after,
        limit,
    )
    return [_account(row) for row in rows]


def account(tx: Tx, user_id: int) -> Account | None:
    """One account."""
    row = tx.one(f"SELECT {_ACCOUNT} FROM users WHERE id = $1", user_id)  # noqa: S608 # columns of ours
    return _account(row) if row else None


def how_many(tx: Tx) -> tuple[int, int]:
    """The number of people, and of those whose account is disabled."""
    row = tx.one("SELECT count(*), count(CASE WHEN disabled > 0 THEN 1 END) FROM users WHERE role <> 'bot'")
    assert row, "a count is a row"
    return row[0], row[1]


def _user(row: Row) -> User:
    return User(row[0], row[1], row[2], row[3], row[4], bool(row[5]))


def _account(row: Row) -> Account:
    return Account(_user(row), row[6], max(row[7], row[8] or 0, row[9] or 0), row[5])
