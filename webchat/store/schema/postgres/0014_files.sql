-- Files that people put into rooms. One is its uploader's until a message of theirs names it, goes when that does, and is not
-- there for anybody before all of it is. A `type` is that of a picture, which is shown; all else is only given out.
CREATE TABLE files (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    room_id BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message_id BIGINT REFERENCES messages (id) ON DELETE CASCADE,
    author BIGINT NOT NULL,
    guest TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ready BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX files_by_room ON files (room_id, size);
CREATE INDEX files_by_message ON files (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX files_unclaimed ON files (at) WHERE message_id IS NULL;

-- Their bytes, in parts, so that nobody waits for a whole file to be written.
CREATE TABLE file_parts (
    file_id TEXT COLLATE "C" NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    n BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (file_id, n)
);
ALTER TABLE file_parts ALTER COLUMN data SET STORAGE EXTERNAL; -- most are compressed already
