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

-- What waits for a moderator of its room, and what became of it: its texts are empty once it is approved or withdrawn. It keeps
-- the cid that its author sent it under, so that it is held once, and is posted once.
CREATE TABLE held (
    id INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    at INTEGER NOT NULL,
    cid TEXT NOT NULL,
    t INTEGER,
    mode TEXT NOT NULL DEFAULT 'scroll',
    color TEXT NOT NULL DEFAULT '#ffffff',
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'withdrawn')),
    why TEXT NOT NULL DEFAULT '',
    message INTEGER NOT NULL DEFAULT 0,
    UNIQUE (author, cid)
) STRICT;
CREATE INDEX held_waiting ON held (room_id, id) WHERE state = 'waiting';
CREATE INDEX held_by_author ON held (room_id, author, guest) WHERE state IN ('waiting', 'rejected');
CREATE INDEX held_by_age ON held (at) WHERE state <> 'waiting';

-- Who is told what waits.
CREATE INDEX memberships_moderators ON memberships (room_id) WHERE role = 'moderator';
CREATE INDEX users_moderators ON users (id) WHERE role IN ('owner', 'admin', 'moderator');

-- What readers say is wrong with messages, each once; and what its moderators have to look at, or have looked at. While a
-- message is hidden its text is here and nowhere else.
ALTER TABLE messages ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
CREATE TABLE reports (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    why TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, author, guest)
) STRICT, WITHOUT ROWID;
CREATE TABLE reported (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('open', 'kept')),
    body TEXT NOT NULL DEFAULT '',
    html TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX reported_open ON reported (room_id, message_id) WHERE state = 'open';

-- Who may not write in a room until when.
CREATE TABLE mutes (
    id INTEGER PRIMARY KEY,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    title TEXT NOT NULL,
    until INTEGER NOT NULL,
    why TEXT NOT NULL,
    UNIQUE (room_id, author, guest)
) STRICT;

-- What moderators did, and to whom, in their words.
CREATE TABLE acts (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    actor INTEGER NOT NULL,
    title TEXT NOT NULL,
    what TEXT NOT NULL,
    whom TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;
