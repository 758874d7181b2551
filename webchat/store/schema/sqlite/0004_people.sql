-- Five roles, of which the first admin has the highest; what people say of themselves; who is kept out; what programs use.
-- A column's CHECK cannot be changed, so two tables are made anew.

CREATE TABLE users_now (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'moderator', 'member', 'bot')),
    password TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0,
    disabled INTEGER NOT NULL DEFAULT 0,
    notified INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO users_now (id, name, skeleton, title, role, password, created, notified)
SELECT id, name, name, title, role, password, created, notified FROM users;
DROP TABLE users;
ALTER TABLE users_now RENAME TO users;
UPDATE users SET role = 'owner' WHERE id = (SELECT min(id) FROM users WHERE role = 'admin');
CREATE INDEX users_admins ON users (id) WHERE role IN ('owner', 'admin');

CREATE TABLE invitations_now (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'moderator', 'member')),
    maker INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO invitations_now SELECT id, code, role, maker, created, expires, uses, used, revoked FROM invitations;
DROP TABLE invitations;
ALTER TABLE invitations_now RENAME TO invitations;

-- Where a session is used, for the list that its owner sees, and when it was used last.
ALTER TABLE sessions ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
UPDATE sessions SET seen = created;

ALTER TABLE rooms ADD COLUMN posting TEXT NOT NULL DEFAULT 'everyone' CHECK (posting IN ('everyone', 'moderators'));
ALTER TABLE rooms ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;
CREATE INDEX rooms_by_title ON rooms (title, id) WHERE kind <> 'direct';

-- What the slug looks like; a direct room has none.
ALTER TABLE rooms ADD COLUMN skeleton TEXT;
UPDATE rooms SET skeleton = slug WHERE kind <> 'direct';
CREATE UNIQUE INDEX rooms_by_skeleton ON rooms (skeleton);

CREATE TABLE bans (
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bans_by_user ON bans (user_id);

-- Who was named in which message: what counts as a mention until it is read.
CREATE TABLE mentions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    PRIMARY KEY (user_id, room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_message ON mentions (room_id, seq);

-- What a program shows in a bearer header. The secret is not here, only its hash; its first letters are, to know it by.
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id);
