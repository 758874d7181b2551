-- Where users are written to when what they were told stays unread. `code` is of the address: what its links are made of. Until
-- it was confirmed, nothing but the question whether it is theirs goes there. `mailed` is the number up to which they were told.
CREATE TABLE mail_addresses (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    address TEXT COLLATE "C" NOT NULL,
    minutes BIGINT NOT NULL,
    lang TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    asked BIGINT NOT NULL,
    confirmed BIGINT NOT NULL DEFAULT 0,
    mailed BIGINT NOT NULL DEFAULT 0
);

-- What is owed to them; leased by being due later.
CREATE TABLE mails (
    user_id BIGINT PRIMARY KEY REFERENCES mail_addresses (user_id) ON DELETE CASCADE,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX mails_by_due ON mails (due);
