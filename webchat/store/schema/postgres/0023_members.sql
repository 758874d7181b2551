-- A page of those who are in a large room, moderators first, without sorting all who are.
CREATE INDEX users_by_title ON users (title, id);
CREATE INDEX memberships_moderating ON memberships (room_id) WHERE role = 'moderator';
