-- Times are UTC microseconds, digests 32 bytes, lists and objects JSON text.
-- Text is compared byte by byte, so that ids order as they do elsewhere.

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    username_canonical TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_canonical TEXT COLLATE "C" NOT NULL,
    email_verified BOOLEAN NOT NULL,
    password_hash TEXT COLLATE "C",
    credential_version BIGINT NOT NULL,
    auth_epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    suspended_at BIGINT,
    is_admin BOOLEAN NOT NULL,
    can_manage_api_environment BOOLEAN NOT NULL,
    customer_status TEXT COLLATE "C" NOT NULL,
    other_id TEXT COLLATE "C",
    first_name TEXT COLLATE "C" NOT NULL,
    last_name TEXT COLLATE "C" NOT NULL,
    phone_number TEXT COLLATE "C",
    default_visibility TEXT COLLATE "C" NOT NULL,
    preferred_name TEXT COLLATE "C",
    legal_name TEXT COLLATE "C",
    job_title TEXT COLLATE "C",
    items_per_page INTEGER NOT NULL,
    channel_notifications_enabled BOOLEAN NOT NULL,
    timezone TEXT COLLATE "C" NOT NULL,
    measurement_system TEXT COLLATE "C" NOT NULL,
    date_format TEXT COLLATE "C" NOT NULL,
    currency_display TEXT COLLATE "C" NOT NULL,
    preferred_notification_channels TEXT COLLATE "C" NOT NULL,
    theme TEXT COLLATE "C",
    viewing_preference TEXT COLLATE "C",
    max_message_length INTEGER NOT NULL,
    country TEXT COLLATE "C",
    language TEXT COLLATE "C" NOT NULL,
    bio TEXT COLLATE "C",
    features TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL DEFAULT '{}'
);

CREATE UNIQUE INDEX users_email_canonical ON users (email_canonical);
CREATE UNIQUE INDEX users_username_canonical ON users (username_canonical);

CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_epoch BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    cookie_digest BYTEA CHECK (octet_length(cookie_digest) = 32),
    ip TEXT COLLATE "C",
    user_agent TEXT COLLATE "C"
);

CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE UNIQUE INDEX sessions_cookie_digest ON sessions (cookie_digest);

CREATE TABLE refresh_tokens (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    superseded_at BIGINT
);

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE single_use_tokens (
    digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    email_canonical TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX single_use_tokens_user_kind ON single_use_tokens (user_id, kind);
CREATE INDEX single_use_tokens_expiry ON single_use_tokens (expires_at);

CREATE TABLE addresses (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    line1 TEXT COLLATE "C" NOT NULL,
    line2 TEXT COLLATE "C",
    city TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C",
    postal_code TEXT COLLATE "C",
    country TEXT COLLATE "C" NOT NULL,
    is_primary BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX addresses_user ON addresses (user_id, id);
CREATE UNIQUE INDEX addresses_primary ON addresses (user_id) WHERE is_primary;

CREATE TABLE devices (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_digest BYTEA NOT NULL CHECK (octet_length(token_digest) = 32),
    token TEXT COLLATE "C" NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_refreshed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE INDEX devices_user ON devices (user_id, id);
CREATE UNIQUE INDEX devices_token_digest ON devices (token_digest);

CREATE TABLE inquiries (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    status TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL
);

CREATE INDEX inquiries_user ON inquiries (user_id, id);
CREATE INDEX inquiries_user_status ON inquiries (user_id, status);
CREATE INDEX inquiries_status ON inquiries (status, id);

CREATE TABLE inquiry_replies (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    inquiry_id TEXT COLLATE "C" NOT NULL REFERENCES inquiries (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    message TEXT COLLATE "C" NOT NULL
);

CREATE INDEX inquiry_replies_inquiry ON inquiry_replies (inquiry_id, id);

CREATE TABLE api_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- NULL for service keys, which act for nobody.
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    name TEXT COLLATE "C" NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT
);

CREATE INDEX api_keys_user ON api_keys (user_id, id);
CREATE UNIQUE INDEX api_keys_digest ON api_keys (digest);

-- The security log. A session's id outlives its session here.
CREATE TABLE activity (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    session TEXT COLLATE "C",
    ip TEXT COLLATE "C",
    user_agent TEXT COLLATE "C"
);

CREATE INDEX activity_user ON activity (user_id, id);

-- Mail to send. The payload is encrypted.
CREATE TABLE outbox (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    -- Not before this time: when it is due, or when its claim runs out.
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    payload BYTEA NOT NULL
);

CREATE INDEX outbox_due ON outbox (due_at, id);
CREATE INDEX outbox_user ON outbox (user_id);

-- Answers to requests with an Idempotency-Key, encrypted.
CREATE TABLE once (
    key_digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(key_digest) = 32),
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    fingerprint BYTEA NOT NULL CHECK (octet_length(fingerprint) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    answer BYTEA NOT NULL
);

CREATE INDEX once_user ON once (user_id);
CREATE INDEX once_expiry ON once (expires_at);
