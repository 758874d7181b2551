-- Other people's sites that have rooms of ours on their pages. `origins` are where those pages are, with spaces between;
-- `secret` signs what such a site says of its users: it has to be known here.
CREATE TABLE sites (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    origins TEXT NOT NULL,
    guests TEXT NOT NULL CHECK (guests IN ('none', 'read', 'write')),
    secret TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- The site whose page a room belongs to.
ALTER TABLE rooms ADD COLUMN site_id INTEGER REFERENCES sites (id);
CREATE INDEX rooms_by_site ON rooms (site_id) WHERE site_id IS NOT NULL;
