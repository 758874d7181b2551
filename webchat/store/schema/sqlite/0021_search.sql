-- The words of messages, made of their texts in the background: see webchat/chat/words.py. What is said of a message besides is a
-- word of it too. Words come apart at spaces alone, and have been folded before.
CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, tokenize='ascii');

-- Up to which rev the words of a room are there.
CREATE TABLE searched (
    room_id INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    rev INTEGER NOT NULL
) STRICT;
INSERT INTO jobs (kind, due) VALUES ('search', 0);
