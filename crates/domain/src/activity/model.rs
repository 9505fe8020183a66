use serde_json::{Map, Value};

use crate::kernel::{ActivityId, Origin, SessionId, Timestamp, UserId};

choice! {
    /// What happened.
    Event {
        /// The account was made.
        AccountCreated = "account.created",
        /// A login or registration made a session.
        SessionCreated = "session.created",
        /// A session was logged out.
        SessionEnded = "session.ended",
        /// A session was ended by its owner, from a session.
        SessionRevoked = "session.revoked",
        /// All sessions but the one that asked were ended by their owner.
        OtherSessionsRevoked = "session.others_revoked",
        /// A refresh token was replayed, and its session ended for that.
        SessionCompromised = "session.compromised",
        /// The password was changed by its owner.
        PasswordChanged = "password.changed",
        /// A password reset was asked for.
        PasswordResetRequested = "password.reset_requested",
        /// The password was reset by mail.
        PasswordReset = "password.reset",
        /// An identity was linked.
        IdentityLinked = "identity.linked",
        /// An identity was unlinked.
        IdentityUnlinked = "identity.unlinked",
        /// The provider of an identity refused it.
        IdentityBroken = "identity.broken",
        /// Staff suspended the account.
        AccountSuspended = "account.suspended",
        /// Staff lifted the suspension.
        AccountUnsuspended = "account.unsuspended",
        /// Staff changed rights, subscription or features.
        AccountAdministered = "account.administered",
        /// The owner made an API key.
        ApiKeyCreated = "api_key.created",
        /// The owner gave an API key another secret.
        ApiKeyRotated = "api_key.rotated",
        /// An API key was deleted, by its owner or by an operator.
        ApiKeyRevoked = "api_key.revoked",
        /// A change of the e-mail address was asked for, or asked for again.
        EmailChangeRequested = "email.change_requested",
        /// A change of the e-mail address was given up.
        EmailChangeCancelled = "email.change_cancelled",
        /// The e-mail address was changed.
        EmailChanged = "email.changed",
        /// A change of the e-mail address was undone from the old address.
        EmailChangeUndone = "email.change_undone",
        /// The phone number was set or removed.
        PhoneChanged = "phone.changed",
        /// The user made an organization.
        OrganizationCreated = "organization.created",
        /// The user renamed an organization.
        OrganizationUpdated = "organization.updated",
        /// The user deleted an organization.
        OrganizationDeleted = "organization.deleted",
        /// The user became a member of an organization.
        OrganizationJoined = "organization.joined",
        /// The user left an organization, or was removed from it.
        OrganizationLeft = "organization.left",
        /// The user removed somebody else from an organization.
        OrganizationMemberRemoved = "organization.member_removed",
        /// The user got another role in an organization, or gave one.
        OrganizationRoleChanged = "organization.role_changed",
        /// The user passed the ownership of an organization on, or got it.
        OrganizationTransferred = "organization.transferred",
        /// The user invited somebody to an organization.
        InvitationSent = "invitation.sent",
        /// The user revoked an invitation.
        InvitationRevoked = "invitation.revoked",
    }
}

/// One entry of the security log; commits with the change that it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id.
    pub id: ActivityId,
    /// The account that it concerns.
    pub user: UserId,
    /// What happened.
    pub event: Event,
    /// The session that did it, where one did.
    pub session: Option<SessionId>,
    /// Where the request came from.
    pub origin: Origin,
    /// What else is to be known.
    pub details: Details,
}

/// What else is to be known of an event: a small JSON object, such as the name
/// of the key that was made. Its owner reads it and exports it, and it outlives
/// what it tells of: never a secret.
///
/// ```
/// use serde_json::json;
/// use vestibule_domain::activity::Details;
///
/// let details = Details::of([("name", "billing")]).and("scopes", vec!["users:read"]);
/// let shown = json!({"name": "billing", "scopes": ["users:read"]});
/// assert_eq!(serde_json::to_value(details.as_map())?, shown);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details(Map<String, Value>);

impl Details {
    /// Details of these names and values.
    pub fn of<T: Into<Value>>(values: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let values = values.into_iter();
        Self(
            values
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
        )
    }

    /// Adds a value.
    #[must_use]
    pub fn and(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Details read back from storage.
    pub const fn from_map(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// The object.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// A stored entry of the security log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRecord {
    /// The entry, as it was written.
    pub entry: LogEntry,
    /// When it happened: the time of the write that it committed with.
    pub created_at: Timestamp,
}
