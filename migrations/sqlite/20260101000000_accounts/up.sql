-- Times are UTC microseconds, digests 32 bytes, lists and objects JSON text.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    username_canonical TEXT NOT NULL,
    email TEXT NOT NULL,
    email_canonical TEXT NOT NULL,
    email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
    password_hash TEXT,
    credential_version INTEGER NOT NULL,
    auth_epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_seen_at INTEGER,
    suspended_at INTEGER,
    is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    can_manage_api_environment INTEGER NOT NULL CHECK (can_manage_api_environment IN (0, 1)),
    customer_status TEXT NOT NULL,
    other_id TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone_number TEXT,
    default_visibility TEXT NOT NULL,
    preferred_name TEXT,
    legal_name TEXT,
    job_title TEXT,
    items_per_page INTEGER NOT NULL,
    channel_notifications_enabled INTEGER NOT NULL CHECK (channel_notifications_enabled IN (0, 1)),
    timezone TEXT NOT NULL,
    measurement_system TEXT NOT NULL,
    date_format TEXT NOT NULL,
    currency_display TEXT NOT NULL,
    preferred_notification_channels TEXT NOT NULL,
    theme TEXT,
    viewing_preference TEXT,
    max_message_length INTEGER NOT NULL,
    country TEXT,
    language TEXT NOT NULL,
    bio TEXT,
    features TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE UNIQUE INDEX users_email_canonical ON users (email_canonical);
CREATE UNIQUE INDEX users_username_canonical ON users (username_canonical);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_epoch INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    cookie_digest BLOB CHECK (length(cookie_digest) = 32),
    ip TEXT,
    user_agent TEXT
) STRICT;

CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE UNIQUE INDEX sessions_cookie_digest ON sessions (cookie_digest);

-- Small rows found by digest only: the key is the table.
CREATE TABLE refresh_tokens (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    superseded_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE single_use_tokens (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    email_canonical TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX single_use_tokens_user_kind ON single_use_tokens (user_id, kind);
CREATE INDEX single_use_tokens_expiry ON single_use_tokens (expires_at);

CREATE TABLE addresses (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT,
    city TEXT NOT NULL,
    region TEXT,
    postal_code TEXT,
    country TEXT NOT NULL,
    is_primary INTEGER NOT NULL CHECK (is_primary IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE INDEX addresses_user ON addresses (user_id, id);
CREATE UNIQUE INDEX addresses_primary ON addresses (user_id) WHERE is_primary;

CREATE TABLE devices (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_digest BLOB NOT NULL CHECK (length(token_digest) = 32),
    token TEXT NOT NULL,
    platform TEXT NOT NULL,
    name TEXT,
    is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    created_at INTEGER NOT NULL,
    last_refreshed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE INDEX devices_user ON devices (user_id, id);
CREATE UNIQUE INDEX devices_token_digest ON devices (token_digest);

CREATE TABLE inquiries (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE INDEX inquiries_user ON inquiries (user_id, id);
CREATE INDEX inquiries_user_status ON inquiries (user_id, status);
CREATE INDEX inquiries_status ON inquiries (status, id);

CREATE TABLE inquiry_replies (
    id TEXT NOT NULL PRIMARY KEY,
    inquiry_id TEXT NOT NULL REFERENCES inquiries (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE INDEX inquiry_replies_inquiry ON inquiry_replies (inquiry_id, id);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    -- NULL for service keys, which act for nobody.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    expires_at INTEGER
) STRICT;

CREATE INDEX api_keys_user ON api_keys (user_id, id);
CREATE UNIQUE INDEX api_keys_digest ON api_keys (digest);

-- The security log. A session's id outlives its session here.
CREATE TABLE activity (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    session TEXT,
    ip TEXT,
    user_agent TEXT
) STRICT;

CREATE INDEX activity_user ON activity (user_id, id);

-- Mail to send. The payload is encrypted.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- Not before this time: when it is due, or when its claim runs out.
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_user ON outbox (user_id);

-- Answers to requests with an Idempotency-Key, encrypted.
CREATE TABLE once (
    key_digest BLOB NOT NULL PRIMARY KEY CHECK (length(key_digest) = 32),
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answer BLOB NOT NULL
) STRICT;

CREATE INDEX once_user ON once (user_id);
CREATE INDEX once_expiry ON once (expires_at);
