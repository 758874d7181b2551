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
