-- Accounts at other providers. `instance` is empty where the provider is one
-- server: NULL would not be unique. `tokens` are encrypted.
CREATE TABLE identities (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    provider_user_id TEXT NOT NULL,
    provider_username TEXT,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    verified_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tokens BLOB NOT NULL
) STRICT;

CREATE INDEX identities_user ON identities (user_id, id);
CREATE UNIQUE INDEX identities_account ON identities (provider, instance, provider_user_id);

-- Links and sign-ins that go on at a provider. What else they need is derived
-- from the state.
CREATE TABLE identity_flows (
    state_digest BLOB NOT NULL PRIMARY KEY CHECK (length(state_digest) = 32),
    browser_digest BLOB NOT NULL CHECK (length(browser_digest) = 32),
    -- NULL for a sign-in.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    session TEXT,
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_flows_user ON identity_flows (user_id);
CREATE INDEX identity_flows_expiry ON identity_flows (expires_at);

CREATE TABLE identity_codes (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_codes_identity ON identity_codes (identity_id);
CREATE INDEX identity_codes_expiry ON identity_codes (expires_at);

-- Our registrations at the servers of networks; of no user. The secret is
-- encrypted.
CREATE TABLE instance_clients (
    provider TEXT NOT NULL,
    instance TEXT NOT NULL,
    client_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    client_secret BLOB NOT NULL,
    PRIMARY KEY (provider, instance)
) STRICT;
