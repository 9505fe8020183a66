ALTER TABLE api_keys ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- What was counted of the use of keys, by day (days since 1970-01-01). It
-- outlives its key.
CREATE TABLE api_usage (
    api_key TEXT NOT NULL,
    day INTEGER NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    PRIMARY KEY (api_key, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX api_usage_user ON api_usage (user_id, day, api_key);

-- A key is missed in servers from this time on, and no more once it is retired.
ALTER TABLE server_keys ADD COLUMN required_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE server_keys ADD COLUMN retired_at INTEGER;
