-- Accounts that are being erased. Their rows in users say nothing any more,
-- and have the epoch -1.
CREATE TABLE erasures (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    began_at BIGINT NOT NULL
);

CREATE INDEX erasures_began ON erasures (began_at, user_id);

-- For the removal of old entries.
CREATE INDEX activity_created ON activity (created_at);
