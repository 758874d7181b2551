-- What a user was called who reacted, as messages keep it of their authors: a message looks the same until it is touched.
ALTER TABLE reactions ADD COLUMN title TEXT NOT NULL DEFAULT '';
UPDATE reactions SET title = coalesce((SELECT u.title FROM users u WHERE u.id = reactions.user_id), '') WHERE user_id > 0;
