CREATE TABLE messages (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    visibility TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL
);

CREATE INDEX messages_user ON messages (user_id, id);
CREATE INDEX messages_user_visibility ON messages (user_id, visibility, id);
