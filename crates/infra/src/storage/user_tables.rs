//! Every table of the schema, and whose its rows are: the one list that
//! deletion goes by, and that a test compares with the schema and with the
//! export. A table that is missing here fails that test.

/// How the rows of a table belong to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owned {
    /// By its column `user_id`.
    ByUserId,
    /// By `column`, which names the `id` of a row of `parent`, which has a
    /// `user_id`.
    Through {
        /// The column that names the parent.
        column: &'static str,
        /// The parent's table.
        parent: &'static str,
    },
}

/// Where the export shows the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// In this part (`vestibule_domain::personal_data::EXPORT_PARTS`).
    As(&'static str),
    /// Nowhere, for this reason.
    Not(&'static str),
}

/// A table that holds data of users, besides `users` itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserTable {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key, with commas.
    pub key: &'static str,
    /// Whose its rows are.
    pub owned: Owned,
    /// Where they are exported.
    pub exported: Exported,
}

const fn table(name: &'static str, key: &'static str, exported: Exported) -> UserTable {
    UserTable {
        name,
        key,
        owned: Owned::ByUserId,
        exported,
    }
}

const fn below(
    name: &'static str,
    column: &'static str,
    parent: &'static str,
    key: &'static str,
    exported: Exported,
) -> UserTable {
    UserTable {
        name,
        key,
        owned: Owned::Through { column, parent },
        exported,
    }
}

const DIGEST: Exported = Exported::Not("a digest and times; what it was made of is not kept");

/// The tables, in the order in which they are emptied: children before
/// parents, so that no deletion of a row takes many others along.
pub const USER_TABLES: &[UserTable] = &[
    below("refresh_tokens", "session_id", "sessions", "digest", DIGEST),
    table("sessions", "id", Exported::As("sessions")),
    table("single_use_tokens", "digest", DIGEST),
    table("email_changes", "user_id", Exported::As("email_change")),
    table(
        "former_emails",
        "digest",
        Exported::Not("addresses that were replaced, which the security log tells of"),
    ),
    table("addresses", "id", Exported::As("addresses")),
    table("devices", "id", Exported::As("device_tokens")),
    below(
        "inquiry_replies",
        "inquiry_id",
        "inquiries",
        "id",
        Exported::As("inquiries"),
    ),
    table("inquiries", "id", Exported::As("inquiries")),
    table("messages", "id", Exported::As("messages")),
    table(
        "invitations",
        "id",
        Exported::Not("the address of somebody else, shown to all who run the organization"),
    ),
    table("organization_members", "id", Exported::As("organizations")),
    // Those that the user was the last one of: others have passed on.
    below(
        "organizations",
        "company_id",
        "companies",
        "id",
        Exported::As("organizations"),
    ),
    table("companies", "id", Exported::As("organizations")),
    table("api_keys", "id", Exported::As("api_keys")),
    table("api_usage", "api_key, day", Exported::As("api_usage")),
    below(
        "identity_codes",
        "identity_id",
        "identities",
        "digest",
        DIGEST,
    ),
    table("identity_flows", "state_digest", DIGEST),
    table("identities", "id", Exported::As("identities")),
    table(
        "outbox",
        "id",
        Exported::Not("a letter that is on its way to the user, erased once it is sent"),
    ),
    table(
        "once",
        "key_digest",
        Exported::Not("an answer that the user has got already, sealed under a key of the request"),
    ),
    table("activity", "id", Exported::As("activity")),
];

/// Tables whose rows are no user's own, and why.
pub const OTHER_TABLES: &[(&str, &str)] = &[
    (
        "__diesel_schema_migrations",
        "which migrations were applied",
    ),
    ("server_keys", "fingerprints of the server's own keys"),
    (
        "throttle_buckets",
        "attempts under keyed digests, of unknown names too; they expire",
    ),
    (
        "instance_clients",
        "the service's own registrations at servers",
    ),
    (
        "erasures",
        "which accounts are being erased; it goes with the row of users at the end",
    ),
];
