-- Who alone is in a room besides the agents of its site: the key of a guest, or @ and the id of a user; @ alone is nobody,
-- for the agents' own notes. Empty for all other rooms.
ALTER TABLE rooms ADD COLUMN visitor TEXT NOT NULL DEFAULT '';

-- How a site's support window is set up. `hours` are as they are written, a line for each run of days.
CREATE TABLE support (
    site_id INTEGER PRIMARY KEY REFERENCES sites (id) ON DELETE CASCADE,
    enabled INTEGER NOT NULL DEFAULT 0,
    prechat TEXT NOT NULL DEFAULT 'away' CHECK (prechat IN ('never', 'away', 'always')),
    hours TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL DEFAULT 'UTC',
    away TEXT NOT NULL DEFAULT '',
    greeting TEXT NOT NULL DEFAULT ''
) STRICT;

-- Who answers there, besides the admins.
CREATE TABLE site_agents (
    site_id INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (site_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_agents_by_user ON site_agents (user_id);

-- What they have ready to say.
CREATE TABLE answers (
    site_id INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;

-- `waiting` is when what is not answered yet was said first, 0 if nothing is; `snoozed` until when. `seen` and `answered`
-- are up to which place in the room the visitor and the agents have seen it, `mailed` up to which the visitor was written
-- to; `due` is when that is owed, 0 if it is not.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    site_id INTEGER NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    room_id INTEGER NOT NULL UNIQUE REFERENCES rooms (id) ON DELETE CASCADE,
    notes_id INTEGER NOT NULL UNIQUE REFERENCES rooms (id) ON DELETE CASCADE,
    visitor TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    page TEXT NOT NULL,
    lang TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'snoozed', 'resolved')),
    snoozed INTEGER NOT NULL DEFAULT 0,
    assignee INTEGER REFERENCES users (id) ON DELETE SET NULL,
    waiting INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL DEFAULT '',
    rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
    word TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0,
    answered INTEGER NOT NULL DEFAULT 0,
    mailed INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX conversations_by_visitor ON conversations (site_id, visitor);
CREATE INDEX conversations_by_wait ON conversations (status, waiting);
CREATE INDEX conversations_by_assignee ON conversations (assignee) WHERE assignee IS NOT NULL;
CREATE INDEX conversations_by_due ON conversations (due) WHERE due > 0;
CREATE INDEX conversations_by_snooze ON conversations (snoozed) WHERE snoozed > 0;

-- Never, until one that was put off comes back.
INSERT INTO jobs (kind, due) VALUES ('support', 9007199254740992);
