-- Changes of e-mail addresses that wait for their proof, one a user.
CREATE TABLE email_changes (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    new_email TEXT NOT NULL,
    token_digest BLOB NOT NULL CHECK (length(token_digest) = 32),
    -- Of the six digits, under the server's key.
    code_mac BLOB NOT NULL CHECK (length(code_mac) = 32),
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX email_changes_token_digest ON email_changes (token_digest);
CREATE INDEX email_changes_expiry ON email_changes (expires_at);

-- Addresses that a change replaced, while they can be restored.
CREATE TABLE former_emails (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX former_emails_user ON former_emails (user_id, expires_at);
CREATE INDEX former_emails_expiry ON former_emails (expires_at);
