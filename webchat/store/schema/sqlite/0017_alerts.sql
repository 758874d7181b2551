-- The rooms whose moderators are to be told that something waits there, and when.
CREATE TABLE alerts (
    room_id INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    due INTEGER NOT NULL
) STRICT;
INSERT INTO jobs (kind, due) VALUES ('alerts', 9007199254740992);

-- The text or the message that an act was about; 0 for those about something else.
ALTER TABLE acts ADD COLUMN about INTEGER NOT NULL DEFAULT 0;
CREATE INDEX acts_about ON acts (about) WHERE about > 0;
