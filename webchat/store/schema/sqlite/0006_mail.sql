-- Where users are written to when what they were told stays unread. `code` is of the address: what its links are made of. Until
-- it was confirmed, nothing but the question whether it is theirs goes there. `mailed` is the number up to which they were told.
CREATE TABLE mail_addresses (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    lang TEXT NOT NULL,
    code TEXT NOT NULL,
    asked INTEGER NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0,
    mailed INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What is owed to them; leased by being due later.
CREATE TABLE mails (
    user_id INTEGER PRIMARY KEY REFERENCES mail_addresses (user_id) ON DELETE CASCADE,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mails_by_due ON mails (due);
