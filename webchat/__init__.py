"""Server-rendered live chat: rooms, a comment widget, and notifications to a named user."""

__version__ = "0.1.0"
