"""From which network somebody came, kept as a mark that tells whether it was the same one, and not which.

A mark is made with a salt of its day. When that is forgotten, after `KEPT`, no mark of it can be told from another.
"""

import hmac
import secrets

from webchat.chat.clock import DAY, now
from webchat.store import Tx, networks as stored

KEPT = 30 * DAY
"""How long marks and salts are kept, in milliseconds."""


def mark(tx: Tx, network: str) -> str:
    """What is kept of a network today; nothing of none."""
    if not network:
        return ""
    return _mark(stored.salt(tx, now() // DAY, secrets.token_hex(16)), network)


def marks(tx: Tx, network: str) -> frozenset[str]:
    """What is kept of a network from all the days that are not forgotten."""
    return frozenset(_mark(salt, network) for salt in stored.salts(tx)) if network else frozenset()


def sweep(tx: Tx, at: int, most: int) -> int:
    """Forget what is old, at most so much; how much it was."""
    return stored.sweep(tx, (at - KEPT) // DAY, at - KEPT, most)


def _mark(salt: str, network: str) -> str:
    return hmac.new(salt.encode(), network.encode(), "sha256").hexdigest()[:32]
