-- What a room asks of what is said in it. Rooms that ask nothing, and in which nobody is silent, are not `ruled`, and nothing
-- of this is read for them.
ALTER TABLE rooms ADD COLUMN ruled BIGINT NOT NULL DEFAULT 0;
CREATE TABLE rules (
    room_id BIGINT PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
    slow BIGINT NOT NULL,
    links TEXT COLLATE "C" NOT NULL,
    known BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    repeats TEXT COLLATE "C" NOT NULL,
    hold TEXT COLLATE "C" NOT NULL,
    reports BIGINT NOT NULL,
    edits BIGINT NOT NULL
);

-- Who has said how much in a ruled room, when last, and what, as a hash.
CREATE TABLE posters (
    room_id BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    author BIGINT NOT NULL,
    guest TEXT COLLATE "C" NOT NULL,
    posts BIGINT NOT NULL,
    at BIGINT NOT NULL,
    said TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (room_id, author, guest)
);
