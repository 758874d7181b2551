"""What a token may be used for."""

from collections.abc import Mapping

from webchat.chat.access import INBOX, SUPPORT

SCOPES: Mapping[str, frozenset[str]] = {
    "read": frozenset({"read-room", "mark-read", "mark-unread", *INBOX}),
    "post": frozenset(
        {
            "post-message",
            "withdraw-message",
            "report-message",
            "edit-message",
            "delete-message",
            "add-reaction",
            "remove-reaction",
            "start-typing",
        }
        | {"begin-conversation", "rate-conversation", *SUPPORT}
        | {"set-presence", "join-room", "leave-room", "open-direct"}
    ),
    "notify": frozenset({"send-notification", "retract-notification"}),
    "admin": frozenset(),
}
"""What a token may be used for, by the scope that it needs; all else needs ``admin``. Its account must also be allowed
to do it, as the table says."""


def scope(what: str) -> str:
    """The scope that a token needs for it."""
    return next((name for name, words in SCOPES.items() if what in words), "admin")
