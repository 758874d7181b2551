"""Flows through the real doors of a real server.

Those of what is stored and who is told of it run on SQLite, and on PostgreSQL with Redis: exactly once, resumes, every
push, rooms that change. The others are of what a door takes and says, which is the same whatever keeps it, or of what
only the data folder has; the verbs and statements behind them run on both databases in tests/chat and tests/store.
"""
