"""Users and their passwords' hashes."""

from webchat.model import Role, User
from webchat.store import Tx

_COLUMNS = "id, name, title, role"


def by_name(tx: Tx, name: str) -> User | None:
    """The user called ``name``."""
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE name = $1", name)  # noqa: S608 # columns of ours
    return User(*row) if row else None


def by_id(tx: Tx, user_id: int) -> User | None:
    """The user with that id."""
    row = tx.one(f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id)  # noqa: S608 # columns of ours
    return User(*row) if row else None


def people(tx: Tx) -> list[User]:
    """All users that are people, by title."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE role <> 'bot' ORDER BY title, id"  # noqa: S608 # columns of ours
    return [User(*row) for row in tx.all(sql)]


def add(tx: Tx, name: str, title: str, role: Role, password: str, at: int) -> User | None:
    """Add a user; None if the name is taken. ``password`` is a hash."""
    row = tx.one(
        "INSERT INTO users (name, title, role, password, created) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (name) DO NOTHING RETURNING id",
        name,
        title,
        role,
        password,
        at,
    )
    return User(row[0], name, title, role) if row else None


def admins(tx: Tx) -> list[User]:
    """All admins, by id."""
    sql = f"SELECT {_COLUMNS} FROM users WHERE role = 'admin' ORDER BY id"  # noqa: S608 # columns of ours
    return [User(*row) for row in tx.all(sql)]


def any_admin(tx: Tx) -> bool:
    """Whether the place was set up."""
    return tx.one("SELECT 1 FROM users WHERE role = 'admin' LIMIT 1") is not None


def password(tx: Tx, user_id: int) -> str:
    """The hash of a user's password; empty if there is none."""
    row = tx.one("SELECT password FROM users WHERE id = $1", user_id)
    return str(row[0]) if row else ""


def set_password(tx: Tx, user_id: int, password: str) -> None:
    """Replace the hash of a user's password."""
    tx.run("UPDATE users SET password = $2 WHERE id = $1", user_id, password)
