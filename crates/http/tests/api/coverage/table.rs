//! Who may call what, one line an operation, in the order of the paths.
//!
//! - `EVERYBODY`: no credential is needed.
//! - `USERS`: a user, in a session or through a key without scopes.
//! - `SESSIONS`: a user in a session; every key gets 403.
//! - `MANAGERS`: the same, with `can_manage_api_environment`.
//! - `STAFF`: an administrator in a session, or a key with the scope `admin`.
//! - `keys(Scope::…)`: a key with this scope, or `admin`; every session gets 403.
//!
//! An operation on an object is `….on(Object::…)`: another user gets 404, and
//! the owner's rows do not change. A new kind of object is a variant in
//! `objects.rs`. One on an organization is `….within(Object::…, roles, body)`:
//! who has one of these roles gets through with this body, other members get
//! 403. A `{member}` is an owner.

use vestibule_domain::api_keys::Scope;
use vestibule_domain::organizations::Role;

use super::objects::Object;
use super::{Access, EVERYBODY, MANAGERS, SESSIONS, STAFF, USERS, keys};

const EVERY_ROLE: &[Role] = Role::ALL;
const ADMINS: &[Role] = &[Role::Owner, Role::Admin];
const OWNERS: &[Role] = &[Role::Owner];

pub(super) const OPERATIONS: &[(&str, Access)] = &[
    ("POST /api/auth/identities/exchange/", EVERYBODY),
    ("GET /api/auth/identities/{provider}/callback/", EVERYBODY),
    ("POST /api/auth/identities/{provider}/start/", EVERYBODY),
    ("POST /api/auth/login/", EVERYBODY),
    ("POST /api/auth/logout/", SESSIONS),
    ("POST /api/auth/password/change/", SESSIONS),
    ("POST /api/auth/password/reset/", EVERYBODY),
    ("POST /api/auth/password/reset/confirm/", EVERYBODY),
    ("POST /api/auth/registration/", EVERYBODY),
    ("POST /api/auth/registration/resend-email/", EVERYBODY),
    ("POST /api/auth/registration/verify-email/", EVERYBODY),
    ("POST /api/auth/token/refresh/", EVERYBODY),
    ("POST /api/auth/token/verify/", EVERYBODY),
    ("GET /api/auth/user/", USERS),
    ("PUT /api/auth/user/", USERS),
    ("PATCH /api/auth/user/", USERS),
    ("PATCH /api/v1/admin/companies/{uid}/", STAFF),
    ("GET /api/v1/admin/inquiries/", STAFF),
    (
        "GET /api/v1/admin/inquiries/{uid}/",
        STAFF.on(Object::Inquiry),
    ),
    (
        "PATCH /api/v1/admin/inquiries/{uid}/",
        STAFF.on(Object::Inquiry),
    ),
    (
        "POST /api/v1/admin/inquiries/{uid}/replies/",
        STAFF.on(Object::Inquiry),
    ),
    ("GET /api/v1/admin/users/", STAFF),
    ("GET /api/v1/admin/users/{uid}/", STAFF.on(Object::Account)),
    (
        "PATCH /api/v1/admin/users/{uid}/",
        STAFF.on(Object::Account),
    ),
    (
        "PUT /api/v1/admin/users/{uid}/features/",
        STAFF.on(Object::Account),
    ),
    (
        "PUT /api/v1/admin/users/{uid}/subscription/",
        STAFF.on(Object::Account),
    ),
    ("POST /api/v1/admin/users/{uid}/suspend/", STAFF),
    (
        "POST /api/v1/admin/users/{uid}/unsuspend/",
        STAFF.on(Object::Account),
    ),
    ("GET /api/v1/api-keys/", MANAGERS),
    ("POST /api/v1/api-keys/", MANAGERS),
    ("GET /api/v1/api-keys/{uid}/", MANAGERS.on(Object::ApiKey)),
    (
        "DELETE /api/v1/api-keys/{uid}/",
        MANAGERS.on(Object::ApiKey),
    ),
    (
        "POST /api/v1/api-keys/{uid}/rotate/",
        MANAGERS.on(Object::ApiKey),
    ),
    ("GET /api/v1/api-usage/", MANAGERS),
    ("GET /api/v1/companies/", USERS),
    (
        "GET /api/v1/companies/{uid}/",
        USERS.within(Object::Company, EVERY_ROLE, ""),
    ),
    // Its own owner's alone, whatever the role in the organization.
    (
        "PATCH /api/v1/companies/{uid}/",
        USERS.within(Object::Company, &[], r#"{"name": "Other"}"#),
    ),
    ("GET /api/v1/device-tokens/", USERS),
    ("POST /api/v1/device-tokens/register/", USERS),
    (
        "DELETE /api/v1/device-tokens/{uid}/",
        USERS.on(Object::Device),
    ),
    (
        "POST /api/v1/device-tokens/{uid}/deactivate/",
        USERS.on(Object::Device),
    ),
    (
        "POST /api/v1/device-tokens/{uid}/refresh/",
        USERS.on(Object::Device),
    ),
    ("POST /api/v1/introspect/", keys(Scope::Introspect)),
    ("GET /api/v1/local-info/", EVERYBODY),
    ("GET /api/v1/messages/", USERS),
    ("POST /api/v1/messages/", USERS),
    ("DELETE /api/v1/messages/{uid}/", USERS.on(Object::Message)),
    ("GET /api/v1/organizations/", USERS),
    ("POST /api/v1/organizations/", USERS),
    ("POST /api/v1/organizations/invitations/accept/", USERS),
    (
        "GET /api/v1/organizations/{uid}/",
        USERS.within(Object::Organization, EVERY_ROLE, ""),
    ),
    (
        "PATCH /api/v1/organizations/{uid}/",
        USERS.within(Object::Organization, ADMINS, r#"{"display_name": "Other"}"#),
    ),
    (
        "DELETE /api/v1/organizations/{uid}/",
        USERS.within(Object::Organization, OWNERS, ""),
    ),
    (
        "GET /api/v1/organizations/{uid}/invitations/",
        USERS.within(Object::Organization, ADMINS, ""),
    ),
    (
        "POST /api/v1/organizations/{uid}/invitations/",
        USERS.within(
            Object::Organization,
            ADMINS,
            r#"{"email": "guest@example.com", "role": "member"}"#,
        ),
    ),
    (
        "DELETE /api/v1/organizations/{uid}/invitations/{invitation}/",
        USERS.within(Object::Organization, ADMINS, ""),
    ),
    (
        "GET /api/v1/organizations/{uid}/members/",
        USERS.within(Object::Organization, EVERY_ROLE, ""),
    ),
    (
        "PATCH /api/v1/organizations/{uid}/members/{member}/",
        USERS.within(Object::Organization, OWNERS, r#"{"role": "member"}"#),
    ),
    (
        "DELETE /api/v1/organizations/{uid}/members/{member}/",
        USERS.within(Object::Organization, OWNERS, ""),
    ),
    (
        "POST /api/v1/organizations/{uid}/transfer/",
        USERS.within(
            Object::Organization,
            OWNERS,
            r#"{"user": "usr_01jabcdefghjkmnpqrstvwxyz0"}"#,
        ),
    ),
    ("POST /api/v1/support/", USERS),
    ("GET /api/v1/support/inquiries/", USERS),
    (
        "GET /api/v1/support/inquiries/{uid}/",
        USERS.on(Object::Inquiry),
    ),
    ("GET /api/v1/user/me/", USERS),
    ("PATCH /api/v1/user/me/", USERS),
    ("DELETE /api/v1/user/me/", SESSIONS),
    ("GET /api/v1/user/me/activity/", USERS),
    ("GET /api/v1/user/me/addresses/", USERS),
    ("POST /api/v1/user/me/addresses/", USERS),
    (
        "GET /api/v1/user/me/addresses/{uid}/",
        USERS.on(Object::Address),
    ),
    (
        "PATCH /api/v1/user/me/addresses/{uid}/",
        USERS.on(Object::Address),
    ),
    ("POST /api/v1/user/me/avatar/", USERS),
    ("DELETE /api/v1/user/me/avatar/", USERS),
    ("POST /api/v1/user/me/avatar/from-url/", USERS),
    ("GET /api/v1/user/me/identities/", SESSIONS),
    ("POST /api/v1/user/me/identities/{provider}/link/", SESSIONS),
    (
        "GET /api/v1/user/me/identities/{uid}/",
        SESSIONS.on(Object::Identity),
    ),
    (
        "DELETE /api/v1/user/me/identities/{uid}/",
        SESSIONS.on(Object::Identity),
    ),
    (
        "POST /api/v1/user/me/identities/{uid}/verify/",
        SESSIONS.on(Object::Identity),
    ),
    (
        "DELETE /api/v1/user/me/addresses/{uid}/",
        USERS.on(Object::Address),
    ),
    ("GET /api/v1/user/me/email-change/", SESSIONS),
    ("POST /api/v1/user/me/email-change/", SESSIONS),
    ("DELETE /api/v1/user/me/email-change/", SESSIONS),
    ("POST /api/v1/user/me/email-change/confirm/", EVERYBODY),
    ("POST /api/v1/user/me/email-change/undo/", EVERYBODY),
    ("PUT /api/v1/user/me/phone-number/", SESSIONS),
    ("DELETE /api/v1/user/me/phone-number/", SESSIONS),
    ("GET /api/v1/user/me/export/", SESSIONS),
    ("PUT /api/v1/user/me/default-organization/", USERS),
    ("GET /api/v1/user/me/listing-eligibility/", USERS),
    ("GET /api/v1/user/me/sessions/", SESSIONS),
    ("POST /api/v1/user/me/sessions/revoke-others/", SESSIONS),
    (
        "DELETE /api/v1/user/me/sessions/{uid}/",
        SESSIONS.on(Object::Session),
    ),
    ("GET /api/v1/user/me/settings/", USERS),
    ("PATCH /api/v1/user/me/settings/", USERS),
    ("POST /api/v1/user/password/", SESSIONS),
    ("GET /api/v1/users/", keys(Scope::UsersRead)),
    ("GET /api/v1/users/{username}/avatar/", EVERYBODY),
    ("GET /api/v1/users/{username}/messages/", USERS),
    ("GET /media/avatars/{file}/", EVERYBODY),
];
