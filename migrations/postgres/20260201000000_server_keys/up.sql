-- Fingerprints of the keys in the secrets file that this database is used with.
-- A server without one of them is refused.
CREATE TABLE server_keys (
    key_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    fingerprint BYTEA NOT NULL CHECK (octet_length(fingerprint) = 32),
    created_at BIGINT NOT NULL
);
