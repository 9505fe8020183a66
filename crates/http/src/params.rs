//! Parameters that several endpoints take, for the documentation.

use utoipa::IntoParams;

/// Names an object in the path; read by [`crate::api::uid`].
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what `uid` reads")]
pub(crate) struct Uid {
    /// The object's uid.
    uid: String,
}

/// Names a member in the path; read by [`crate::api::named`].
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what `named` reads")]
pub(crate) struct MemberUid {
    /// The member's user uid.
    member: String,
}

/// Names an invitation in the path; read by [`crate::api::named`].
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents what `named` reads")]
pub(crate) struct InvitationUid {
    /// The invitation's uid.
    invitation: String,
}

/// Read by [`crate::answer::Representation::expected`].
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents what `expected` reads")]
pub(crate) struct IfMatch {
    /// Entity tag of the object as you saw it.
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
}

/// Read by [`crate::idempotency::begin`].
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents what `begin` reads")]
pub(crate) struct IdempotencyKey {
    /// A retry with the same key gets the same answer for 24 hours.
    #[param(
        rename = "Idempotency-Key",
        nullable = false,
        max_length = 255,
        pattern = "^[!-~]([ -~]{0,253}[!-~])?$"
    )]
    idempotency_key: Option<String>,
}
