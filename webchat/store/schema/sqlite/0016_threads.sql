-- What a site asks of what is said in its threads, but in those that have rules of their own.
CREATE TABLE site_rules (
    site_id INTEGER PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    slow INTEGER NOT NULL,
    links TEXT NOT NULL,
    known INTEGER NOT NULL,
    words TEXT NOT NULL,
    repeats TEXT NOT NULL,
    hold TEXT NOT NULL,
    reports INTEGER NOT NULL,
    closes INTEGER NOT NULL,
    editing INTEGER NOT NULL,
    edits INTEGER NOT NULL
) STRICT;
ALTER TABLE rules ADD COLUMN closes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rules ADD COLUMN editing INTEGER NOT NULL DEFAULT 15;

-- Who has said how much in all the threads of a site.
CREATE INDEX posters_by_author ON posters (author, guest);

-- When a room was closed by its age, after which it is not again; 0 while it was not.
ALTER TABLE rooms ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;

-- What a message answers, and the first of what that answers in turn: both are places of its room, 0 for none.
ALTER TABLE messages ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN root INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_answers ON messages (room_id, root) WHERE root > 0;
ALTER TABLE held ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;

-- Guests of a site vote too: `user_id` is 0 for them, and `guest` tells those of one thread apart without saying who they are.
CREATE TABLE given (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL,
    guest TEXT NOT NULL DEFAULT '',
    emoji TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, user_id, guest, emoji)
) STRICT, WITHOUT ROWID;
INSERT INTO given (message_id, user_id, emoji, at) SELECT message_id, user_id, emoji, at FROM reactions;
DROP TABLE reactions;
ALTER TABLE given RENAME TO reactions;
CREATE INDEX reactions_by_user ON reactions (user_id, message_id);

-- How many gave a thumb up, so that the best are found.
ALTER TABLE messages ADD COLUMN votes INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET votes = (SELECT count(*) FROM reactions x WHERE x.message_id = messages.id AND x.emoji = '👍')
    WHERE id IN (SELECT message_id FROM reactions WHERE emoji = '👍');
CREATE INDEX messages_best ON messages (room_id, votes, seq) WHERE votes > 0 AND root = 0;

-- The secret that a site had before, and until when it signs as well.
ALTER TABLE sites ADD COLUMN former TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN former_until INTEGER NOT NULL DEFAULT 0;
