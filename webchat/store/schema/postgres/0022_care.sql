-- What the place does for itself every hour finds what is old by an index, and what ends at its time is a job of its own.
INSERT INTO jobs (kind, due) VALUES ('ends', 0);
CREATE INDEX notices_by_age ON notices (at);
CREATE INDEX mutes_by_end ON mutes (until);
CREATE INDEX sessions_with_network ON sessions (created) WHERE network <> '';
CREATE INDEX held_with_network ON held (at) WHERE network <> '';
CREATE INDEX rooms_to_close ON rooms (site_id, created) WHERE closed = 0 AND posting = 'everyone' AND visitor = '';

-- Also found without knowing who has it.
DROP INDEX notifications_by_key;
CREATE UNIQUE INDEX notifications_by_key ON notifications (key, user_id) WHERE key <> '' AND gone = 0;
