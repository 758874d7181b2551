-- Messages that fly over a film on another site's page: when in it, in milliseconds, how, and in which colour.
CREATE TABLE flights (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    t INTEGER NOT NULL CHECK (t >= 0),
    mode TEXT NOT NULL CHECK (mode IN ('scroll', 'reverse', 'top', 'bottom')),
    color TEXT NOT NULL
) STRICT;
CREATE INDEX flights_by_time ON flights (room_id, t, message_id);
