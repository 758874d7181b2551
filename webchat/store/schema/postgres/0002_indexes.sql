-- What is asked often, or by whoever knocks: each is found without reading a whole table.

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE read = 0;
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';
