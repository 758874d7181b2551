-- What a site asks of what is said in its threads, but in those that have rules of their own.
CREATE TABLE site_rules (
    site_id BIGINT PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    slow BIGINT NOT NULL,
    links TEXT COLLATE "C" NOT NULL,
    known BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    repeats TEXT COLLATE "C" NOT NULL,
    hold TEXT COLLATE "C" NOT NULL,
    reports BIGINT NOT NULL,
    closes BIGINT NOT NULL,
    editing BIGINT NOT NULL,
    edits BIGINT NOT NULL
);
ALTER TABLE rules ADD COLUMN closes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rules ADD COLUMN editing BIGINT NOT NULL DEFAULT 15;

-- Who has said how much in all the threads of a site.
CREATE INDEX posters_by_author ON posters (author, guest);

-- When a room was closed by its age, after which it is not again; 0 while it was not.
ALTER TABLE rooms ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;

-- What a message answers, and the first of what that answers in turn: both are places of its room, 0 for none.
ALTER TABLE messages ADD COLUMN answers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN root BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messages_answers ON messages (room_id, root) WHERE root > 0;
ALTER TABLE held ADD COLUMN answers BIGINT NOT NULL DEFAULT 0;

-- Guests of a site vote too: `user_id` is 0 for them, and `guest` tells those of one thread apart without saying who they are.
CREATE TABLE given (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    guest TEXT COLLATE "C" NOT NULL DEFAULT '',
    emoji TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (message_id, user_id, guest, emoji)
);
INSERT INTO given (message_id, user_id, emoji, at) SELECT message_id, user_id, emoji, at FROM reactions;
DROP TABLE reactions;
ALTER TABLE given RENAME TO reactions;
CREATE INDEX reactions_by_user ON reactions (user_id, message_id);

-- How many gave a thumb up, so that the best are found.
ALTER TABLE messages ADD COLUMN votes BIGINT NOT NULL DEFAULT 0;
UPDATE messages SET votes = (SELECT count(*) FROM reactions x WHERE x.message_id = messages.id AND x.emoji = '👍')
    WHERE id IN (SELECT message_id FROM reactions WHERE emoji = '👍');
CREATE INDEX messages_best ON messages (room_id, votes, seq) WHERE votes > 0 AND root = 0;

-- The secret that a site had before, and until when it signs as well.
ALTER TABLE sites ADD COLUMN former TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN former_until BIGINT NOT NULL DEFAULT 0;
