-- On what a notification was first seen, and first read: what the browser said it is, or how a token begins.
ALTER TABLE notifications ADD COLUMN seen_on TEXT NOT NULL DEFAULT '';
ALTER TABLE notifications ADD COLUMN read_on TEXT NOT NULL DEFAULT '';
