-- Files that people put into rooms. One is its uploader's until a message of theirs names it, goes when that does, and is not
-- there for anybody before all of it is. A `type` is that of a picture, which is shown; all else is only given out.
CREATE TABLE files (
    id TEXT NOT NULL PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    at INTEGER NOT NULL,
    ready INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX files_by_room ON files (room_id, size);
CREATE INDEX files_by_message ON files (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX files_unclaimed ON files (at) WHERE message_id IS NULL;

-- Their bytes, in parts, so that nobody waits for a whole file to be written.
CREATE TABLE file_parts (
    file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (file_id, n)
) STRICT;
