-- What somebody said, for who asks for all of it, or wants it erased.
CREATE INDEX messages_by_author ON messages (author, guest, id);
CREATE INDEX reactions_by_user ON reactions (user_id, message_id);
CREATE INDEX reports_by_author ON reports (author, guest, message_id);
CREATE INDEX files_by_author ON files (author, guest, at);
CREATE INDEX held_of_author ON held (author, guest, id);

-- Whose messages are still to be emptied, and up to which one they are: many are not done in one go.
CREATE TABLE erasures (
    id INTEGER PRIMARY KEY,
    author INTEGER NOT NULL,
    guest TEXT NOT NULL,
    upto INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO jobs (kind, due) VALUES ('erase', 9007199254740992);

-- Whose messages in a room only they and its moderators see, and are not told so; such a text is `held` and `shadow`.
ALTER TABLE mutes ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0;
ALTER TABLE held ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0;
DROP INDEX held_waiting;
CREATE INDEX held_waiting ON held (room_id, id) WHERE state = 'waiting' AND shadow = 0;
DROP INDEX held_by_age;
CREATE INDEX held_by_age ON held (at) WHERE state <> 'waiting' OR shadow = 1;
CREATE INDEX held_shadows ON held (room_id, id) WHERE shadow = 1;

-- No address is kept: of a network there is a mark, made with the salt of its day, which tells nobody anything once that is gone.
CREATE TABLE salts (
    day INTEGER PRIMARY KEY,
    salt TEXT NOT NULL
) STRICT;
UPDATE sessions SET network = '';
ALTER TABLE held ADD COLUMN network TEXT NOT NULL DEFAULT '';
