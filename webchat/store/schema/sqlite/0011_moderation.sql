-- What a room asks of what is said in it. Rooms that ask nothing, and in which nobody is silent, are not `ruled`, and nothing
-- of this is read for them.
ALTER TABLE rooms ADD COLUMN ruled INTEGER NOT NULL DEFAULT 0;
CREATE TABLE rules (
    room_id INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    slow INTEGER NOT NULL,
    links TEXT NOT NULL,
    known INTEGER NOT NULL,
    words TEXT NOT NULL,
    repeats TEXT NOT NULL,
    hold TEXT NOT NULL,
    reports INTEGER NOT NULL,
    edits INTEGER NOT NULL
) STRICT;

-- Who has said how much in a ruled room, when last, and what, as a hash.
CREATE TABLE posters (
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    posts INTEGER NOT NULL,
    at INTEGER NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (room_id, author, guest)
) STRICT, WITHOUT ROWID;
