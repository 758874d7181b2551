-- The words of messages, made of their texts in the background: see webchat/chat/words.py. What is said of a message besides is a
-- word of it too. The id of the message is called as SQLite calls it.
CREATE TABLE search (
    rowid BIGINT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    words tsvector NOT NULL
);
CREATE INDEX search_by_word ON search USING gin (words);

-- Up to which rev the words of a room are there.
CREATE TABLE searched (
    room_id BIGINT PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    rev BIGINT NOT NULL
);
INSERT INTO jobs (kind, due) VALUES ('search', 0);
