-- The message of a room that is shown above all others; 0 for none.
ALTER TABLE rooms ADD COLUMN pin bigint NOT NULL DEFAULT 0;
