-- Changes of e-mail addresses that wait for their proof, one a user.
CREATE TABLE email_changes (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    new_email TEXT COLLATE "C" NOT NULL,
    token_digest BYTEA NOT NULL CHECK (octet_length(token_digest) = 32),
    -- Of the six digits, under the server's key.
    code_mac BYTEA NOT NULL CHECK (octet_length(code_mac) = 32),
    tries INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX email_changes_token_digest ON email_changes (token_digest);
CREATE INDEX email_changes_expiry ON email_changes (expires_at);

-- Addresses that a change replaced, while they can be restored.
CREATE TABLE former_emails (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX former_emails_user ON former_emails (user_id, expires_at);
CREATE INDEX former_emails_expiry ON former_emails (expires_at);
