-- What sites said of their users, so that nothing is taken twice: `hash` stands for the name of a token (its jti).
CREATE TABLE site_tokens (
    site_id BIGINT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    hash TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (site_id, hash)
);
CREATE INDEX site_tokens_by_end ON site_tokens (expires);

-- What somebody with an account hands over to a frame in a site's page, once: it stands for their session, there only.
CREATE TABLE site_codes (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id BIGINT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires BIGINT NOT NULL
);
CREATE INDEX site_codes_by_session ON site_codes (session_id);
CREATE INDEX site_codes_by_end ON site_codes (expires);

-- Sessions in the frames of one site, under the hash of their ids. Each ends with the session that it was made from.
CREATE TABLE site_sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    site_id BIGINT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created BIGINT NOT NULL
);
CREATE INDEX site_sessions_by_session ON site_sessions (session_id);
