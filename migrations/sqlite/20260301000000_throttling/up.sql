-- How often something was tried. The key is an HMAC of what is throttled: an
-- account, a name that is no account's, a client's network, an address that
-- mail was asked for to. Nothing of a user can be read from a row.
CREATE TABLE throttle_buckets (
    key_digest BLOB NOT NULL PRIMARY KEY CHECK (length(key_digest) = 32),
    attempts INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When the latest attempts were: microseconds, 8 bytes each, oldest first.
    times BLOB NOT NULL CHECK (length(times) % 8 = 0)
) STRICT;

CREATE INDEX throttle_buckets_expiry ON throttle_buckets (expires_at);
