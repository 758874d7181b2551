-- What a user was called who reacted, as messages keep it of their authors: a message looks the same until it is touched.
ALTER TABLE reactions ADD COLUMN title TEXT NOT NULL DEFAULT '';
UPDATE reactions SET title = coalesce((SELECT u.title FROM users u WHERE u.id = reactions.user_id), '') WHERE user_id > 0;
-- The secret key of a guest who reacted, who is told to others by another text in each room.
ALTER TABLE reactions ADD COLUMN voter TEXT NOT NULL DEFAULT '';
DROP INDEX reactions_by_user;
CREATE INDEX reactions_by_giver ON reactions (user_id, voter, message_id);
