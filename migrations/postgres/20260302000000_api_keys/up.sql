ALTER TABLE api_keys ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What was counted of the use of keys, by day (days since 1970-01-01). It
-- outlives its key.
CREATE TABLE api_usage (
    api_key TEXT COLLATE "C" NOT NULL,
    day INTEGER NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    requests BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    PRIMARY KEY (api_key, day)
);

CREATE INDEX api_usage_user ON api_usage (user_id, day, api_key);

-- A key is missed in servers from this time on, and no more once it is retired.
ALTER TABLE server_keys ADD COLUMN required_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE server_keys ADD COLUMN retired_at BIGINT;
