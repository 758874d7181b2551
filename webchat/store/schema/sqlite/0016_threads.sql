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
