-- What is told and to whom it is told are two things: one notice, whatever it says, and a row for each user who has it.
-- A notice for everyone has no rows: each user remembers up to which of them was read. Whoever does something else with one of
-- them than reading it gets a row of it. `rev` counts what changes for one user, or in the notices for everyone.
CREATE TABLE notices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    everyone INTEGER NOT NULL DEFAULT 0,
    key TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    at INTEGER NOT NULL,
    priority INTEGER NOT NULL DEFAULT 3 CHECK (priority BETWEEN 1 AND 5),
    tags TEXT NOT NULL DEFAULT '',
    click TEXT NOT NULL DEFAULT '',
    actions TEXT NOT NULL DEFAULT '[]',
    expires INTEGER NOT NULL DEFAULT 0,
    pressed TEXT NOT NULL DEFAULT '',
    pressed_at INTEGER NOT NULL DEFAULT 0,
    presser TEXT NOT NULL DEFAULT '',
    device TEXT NOT NULL DEFAULT '',
    born INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO notices (id, title, body, at) SELECT id, title, body, at FROM notifications;
CREATE UNIQUE INDEX notices_by_key ON notices (key) WHERE everyone = 1 AND key <> '' AND gone = 0;
CREATE INDEX notices_for_everyone ON notices (id) WHERE everyone = 1;
CREATE INDEX notices_by_expiry ON notices (expires) WHERE expires > 0 AND gone = 0;

CREATE TABLE notifications_now (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    notice_id INTEGER NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    key TEXT NOT NULL DEFAULT '',
    born INTEGER NOT NULL,
    rev INTEGER NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0,
    read INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0,
    snoozed INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, notice_id)
) STRICT, WITHOUT ROWID;
INSERT INTO notifications_now (user_id, notice_id, born, rev, seen, read)
SELECT user_id, id, n, n, read, read FROM notifications;
DROP TABLE notifications;
ALTER TABLE notifications_now RENAME TO notifications;
CREATE UNIQUE INDEX notifications_by_key ON notifications (user_id, key) WHERE key <> '' AND gone = 0;
CREATE INDEX notifications_by_rev ON notifications (user_id, rev);
CREATE INDEX notifications_by_notice ON notifications (notice_id);
CREATE INDEX notifications_unread ON notifications (user_id, read, archived, snoozed, gone);
CREATE INDEX notifications_snoozed ON notifications (snoozed) WHERE snoozed > 0 AND gone = 0;

-- Up to which notice for everyone a user was shown it, and read it; and the rev below which nothing can be resumed.
ALTER TABLE users ADD COLUMN common_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN common_read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN notified_floor INTEGER NOT NULL DEFAULT 0;

-- What is to be told later: the command, and whom it is for as one text, in which a key is there once.
CREATE TABLE scheduled (
    id INTEGER PRIMARY KEY,
    audience TEXT NOT NULL,
    key TEXT NOT NULL,
    due INTEGER NOT NULL,
    command TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX scheduled_by_key ON scheduled (audience, key) WHERE key <> '';
CREATE INDEX scheduled_by_due ON scheduled (due);

-- How much a user wants to hear of what has a tag; the empty tag is for all others. And when to be left in peace: minutes of
-- the day in a zone.
CREATE TABLE tag_levels (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('all', 'page', 'inbox', 'none')),
    PRIMARY KEY (user_id, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE quiet_hours (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    begins INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    zone TEXT NOT NULL
) STRICT;

-- Never, until something is to be told, or told no more, at a time.
INSERT INTO jobs (kind, due) VALUES ('notices', 9007199254740992);

-- Where a user's browsers are reached while they show nothing; each goes with the session that it was signed in by. What is
-- owed to them is leased by being due later.
CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX subscriptions_by_user ON subscriptions (user_id);
CREATE INDEX subscriptions_by_session ON subscriptions (session);
CREATE TABLE pushes (
    id INTEGER PRIMARY KEY,
    subscription_id INTEGER NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    notice_id INTEGER NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    UNIQUE (subscription_id, notice_id)
) STRICT;
CREATE INDEX pushes_by_due ON pushes (due);
CREATE INDEX pushes_by_notice ON pushes (notice_id);
