-- Links that let people in. The code stands here as it is and not as a hash: it is shown again in the list, and who can
-- read this file can make links anyway.
CREATE TABLE invitations (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    maker INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A room that is gone stays named here: a link that was for it must not become one for the whole place.
CREATE TABLE invitation_rooms (
    invitation_id INTEGER NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL,
    PRIMARY KEY (invitation_id, room_id)
) STRICT, WITHOUT ROWID;
