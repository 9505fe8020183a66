CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    visibility TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX messages_user ON messages (user_id, id);
CREATE INDEX messages_user_visibility ON messages (user_id, visibility, id);
