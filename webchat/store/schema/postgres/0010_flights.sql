-- Messages that fly over a film on another site's page: when in it, in milliseconds, how, and in which colour.
CREATE TABLE flights (
    message_id BIGINT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    room_id BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    t BIGINT NOT NULL CHECK (t >= 0),
    mode TEXT COLLATE "C" NOT NULL CHECK (mode IN ('scroll', 'reverse', 'top', 'bottom')),
    color TEXT COLLATE "C" NOT NULL
);
CREATE INDEX flights_by_time ON flights (room_id, t, message_id);
