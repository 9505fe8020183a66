-- Fingerprints of the keys in the secrets file that this database is used with.
-- A server without one of them is refused.
CREATE TABLE server_keys (
    key_id TEXT NOT NULL PRIMARY KEY,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    created_at INTEGER NOT NULL
) STRICT;
