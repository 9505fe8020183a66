-- Accounts at other providers. `instance` is empty where the provider is one
-- server: NULL would not be unique. `tokens` are encrypted.
CREATE TABLE identities (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT COLLATE "C" NOT NULL,
    instance TEXT COLLATE "C" NOT NULL,
    provider_user_id TEXT COLLATE "C" NOT NULL,
    provider_username TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    verified_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    tokens BYTEA NOT NULL
);

CREATE INDEX identities_user ON identities (user_id, id);
CREATE UNIQUE INDEX identities_account ON identities (provider, instance, provider_user_id);

-- Links and sign-ins that go on at a provider. What else they need is derived
-- from the state.
CREATE TABLE identity_flows (
    state_digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(state_digest) = 32),
    browser_digest BYTEA NOT NULL CHECK (octet_length(browser_digest) = 32),
    -- NULL for a sign-in.
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    session TEXT COLLATE "C",
    provider TEXT COLLATE "C" NOT NULL,
    instance TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX identity_flows_user ON identity_flows (user_id);
CREATE INDEX identity_flows_expiry ON identity_flows (expires_at);

CREATE TABLE identity_codes (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    identity_id TEXT COLLATE "C" NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

CREATE INDEX identity_codes_identity ON identity_codes (identity_id);
CREATE INDEX identity_codes_expiry ON identity_codes (expires_at);

-- Our registrations at the servers of networks; of no user. The secret is
-- encrypted.
CREATE TABLE instance_clients (
    provider TEXT COLLATE "C" NOT NULL,
    instance TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    client_secret BYTEA NOT NULL,
    PRIMARY KEY (provider, instance)
);
