-- The number of what is gone does not come again: a form, or a link in a letter, that names it must not act on something else.
-- A table cannot be told so later, so five are made anew.

CREATE TABLE held_now (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    shadow INTEGER NOT NULL DEFAULT 0,
    network TEXT NOT NULL DEFAULT '',
    answers INTEGER NOT NULL DEFAULT 0,
    UNIQUE (author, cid)
) STRICT;
INSERT INTO held_now
SELECT id, room_id, author, guest, title, body, html, at, cid, t, mode, color, state, why, message, shadow, network, answers FROM held;
DROP TABLE held;
ALTER TABLE held_now RENAME TO held;
CREATE INDEX held_waiting ON held (room_id, id) WHERE state = 'waiting' AND shadow = 0;
CREATE INDEX held_by_author ON held (room_id, author, guest) WHERE state IN ('waiting', 'rejected');
CREATE INDEX held_by_age ON held (at) WHERE state <> 'waiting' OR shadow = 1;
CREATE INDEX held_of_author ON held (author, guest, id);
CREATE INDEX held_shadows ON held (room_id, id) WHERE shadow = 1;
CREATE INDEX held_with_network ON held (at) WHERE network <> '';
-- For what is asked when a room, or a site, has rules no more.
CREATE INDEX held_unposted ON held (room_id) WHERE state <> 'approved';

-- Decisions outlive what they were about.
DELETE FROM sqlite_sequence WHERE name = 'held';
INSERT INTO sqlite_sequence (name, seq) SELECT 'held', max(
    (SELECT coalesce(max(id), 0) FROM held),
    (SELECT coalesce(max(about), 0) FROM acts WHERE about > 0 AND what IN ('approve-message', 'reject-message')));

CREATE TABLE mutes_now (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    title TEXT NOT NULL,
    until INTEGER NOT NULL,
    why TEXT NOT NULL,
    shadow INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room_id, author, guest)
) STRICT;
INSERT INTO mutes_now SELECT id, room_id, author, guest, title, until, why, shadow FROM mutes;
DROP TABLE mutes;
ALTER TABLE mutes_now RENAME TO mutes;
CREATE INDEX mutes_by_end ON mutes (until);

CREATE TABLE tokens_now (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO tokens_now SELECT id, user_id, hash, prefix, scopes, created, expires, used FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_now RENAME TO tokens;
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE hooks_now (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO hooks_now SELECT id, user_id, room_id, hash, prefix, created, used FROM hooks;
DROP TABLE hooks;
ALTER TABLE hooks_now RENAME TO hooks;
CREATE INDEX hooks_by_user ON hooks (user_id);
CREATE INDEX hooks_by_room ON hooks (room_id);

CREATE TABLE callbacks_now (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id INTEGER REFERENCES rooms (id) ON DELETE CASCADE,
    command TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    mentions INTEGER NOT NULL DEFAULT 0,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    status INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    tried INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO callbacks_now
SELECT id, user_id, room_id, command, hint, mentions, url, secret, created, disabled, due, failures, status, error, tried, done
FROM callbacks;
DROP TABLE callbacks;
ALTER TABLE callbacks_now RENAME TO callbacks;
CREATE UNIQUE INDEX callbacks_by_command ON callbacks (command) WHERE command <> '';
CREATE INDEX callbacks_by_user ON callbacks (user_id);
CREATE INDEX callbacks_by_room ON callbacks (room_id) WHERE room_id IS NOT NULL;
