-- Where programs post: whoever knows the secret, of which only a hash is here, is a bot in a room.
CREATE TABLE hooks (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX hooks_by_user ON hooks (user_id);
CREATE INDEX hooks_by_room ON hooks (room_id);

-- Where programs are called: with what is said in a room, or, without a room, with what is asked by a command. Leased by being
-- due later, so that one process at a time calls it, and in order. The secret is the one that signs: it has to be known here.
CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY,
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
CREATE UNIQUE INDEX callbacks_by_command ON callbacks (command) WHERE command <> '';
CREATE INDEX callbacks_by_user ON callbacks (user_id);
CREATE INDEX callbacks_by_room ON callbacks (room_id) WHERE room_id IS NOT NULL;

-- Calls that are owed, in order. `uid` names one to its receiver, however often it is tried; `asker` is who used a command.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    callback_id INTEGER NOT NULL REFERENCES callbacks (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message_id INTEGER REFERENCES messages (id) ON DELETE CASCADE,
    asker INTEGER NOT NULL,
    uid TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX deliveries_in_order ON deliveries (callback_id, id);
CREATE INDEX deliveries_by_room ON deliveries (room_id);
CREATE INDEX deliveries_by_message ON deliveries (message_id) WHERE message_id IS NOT NULL;
