use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use vestibule_domain::activity::ActivityRecord;
use vestibule_domain::addresses::Address;
use vestibule_domain::api_keys::ApiKey;
use vestibule_domain::companies::MaxDocuments;
use vestibule_domain::contact::{EmailChange, FormerEmail};
use vestibule_domain::credentials::{Credential, CredentialVersion, NewToken, PasswordHash};
use vestibule_domain::devices::Device;
use vestibule_domain::idempotency::{OnceRecord, RETENTION};
use vestibule_domain::identities::{
    Flow, Identity, InstanceClient, InstanceName, ProviderName, ProviderTokens,
};
use vestibule_domain::inquiries::{Inquiry, Reply};
use vestibule_domain::kernel::{
    AddressId, ApiKeyId, CompanyId, Day, DeviceId, Digest, IdentityId, InquiryId, InvitationId,
    JobId, MembershipId, MessageId, OrganizationId, SessionId, StoreError, Timestamp, UserId,
    Version,
};
use vestibule_domain::messages::Message;
use vestibule_domain::organizations::{
    DefaultOrganization, Invitation, OrganizationName, Role, Slug,
};
use vestibule_domain::outbox::{Job, NewJob};
use vestibule_domain::sessions::{NewSession, Session, SignedIn};
use vestibule_domain::throttling::Bucket;
use vestibule_domain::users::{Account, Settings};

/// Everything that is stored.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) users: BTreeMap<UserId, UserRow>,
    pub(super) tokens: HashMap<Digest, TokenRow>,
    pub(super) email_changes: BTreeMap<UserId, EmailChangeRow>,
    pub(super) former_emails: HashMap<Digest, FormerEmail>,
    pub(super) sessions: BTreeMap<SessionId, SessionRow>,
    pub(super) refresh: HashMap<Digest, RefreshRow>,
    pub(super) addresses: BTreeMap<AddressId, Address>,
    pub(super) devices: BTreeMap<DeviceId, DeviceRow>,
    pub(super) inquiries: BTreeMap<InquiryId, InquiryRow>,
    pub(super) organizations: BTreeMap<OrganizationId, OrganizationRow>,
    /// The number of the latest organization, whether it is still there or not.
    pub(super) last_number: i64,
    pub(super) members: BTreeMap<MembershipId, MemberRow>,
    pub(super) invitations: BTreeMap<InvitationId, InvitationRow>,
    pub(super) companies: BTreeMap<CompanyId, CompanyRow>,
    pub(super) api_keys: HashMap<Digest, ApiKey>,
    pub(super) usage: BTreeMap<(Day, ApiKeyId), UsageRow>,
    pub(super) identities: BTreeMap<IdentityId, IdentityRow>,
    pub(super) flows: HashMap<Digest, FlowRow>,
    pub(super) login_codes: HashMap<Digest, LoginCodeRow>,
    pub(super) instance_clients: HashMap<(ProviderName, InstanceName), InstanceClient>,
    pub(super) once: HashMap<Digest, OnceRow>,
    pub(super) jobs: BTreeMap<JobId, JobRow>,
    pub(super) log: Vec<ActivityRecord>,
    pub(super) buckets: HashMap<Digest, Bucket>,
    pub(super) messages: BTreeMap<MessageId, Message>,
    /// Hidden accounts, those that were hidden first before others.
    pub(super) erasures: Vec<UserId>,
}

#[derive(Clone)]
pub(super) struct UserRow {
    /// `has_primary_address` and `organization` are not kept here:
    /// [`State::account`] works them out.
    pub(super) account: Arc<Account>,
    pub(super) password_hash: Option<PasswordHash>,
    pub(super) credential_version: CredentialVersion,
    pub(super) settings: Settings,
}

impl UserRow {
    pub(super) fn account_mut(&mut self) -> &mut Account {
        Arc::make_mut(&mut self.account)
    }

    /// Counts a change of the account.
    pub(super) fn touch(&mut self, at: Timestamp) {
        let account = self.account_mut();
        account.version.0 += 1;
        account.updated_at = at;
    }
}

#[derive(Clone)]
pub(super) struct TokenRow {
    pub(super) user: UserId,
    pub(super) token: NewToken,
}

#[derive(Clone)]
pub(super) struct EmailChangeRow {
    pub(super) change: EmailChange,
    pub(super) token: Digest,
    pub(super) code: Digest,
    pub(super) tries: u32,
}

#[derive(Clone)]
pub(super) struct SessionRow {
    pub(super) session: Arc<Session>,
    pub(super) cookie: Option<Digest>,
}

#[derive(Clone)]
pub(super) struct RefreshRow {
    pub(super) session: SessionId,
    pub(super) superseded_at: Option<Timestamp>,
}

#[derive(Clone)]
pub(super) struct DeviceRow {
    pub(super) device: Device,
    pub(super) token: Digest,
}

#[derive(Clone)]
pub(super) struct UsageRow {
    pub(super) owner: Option<UserId>,
    pub(super) requests: u64,
    pub(super) errors: u64,
}

#[derive(Clone)]
pub(super) struct InquiryRow {
    pub(super) inquiry: Inquiry,
    pub(super) replies: Vec<Reply>,
}

#[derive(Clone)]
pub(super) struct IdentityRow {
    pub(super) identity: Identity,
    pub(super) tokens: ProviderTokens,
}

/// A flow by the digest of its state.
#[derive(Clone)]
pub(super) struct FlowRow {
    pub(super) browser: Digest,
    pub(super) flow: Flow,
}

#[derive(Clone)]
pub(super) struct LoginCodeRow {
    pub(super) identity: IdentityId,
    pub(super) expires_at: Timestamp,
}

#[derive(Clone)]
pub(super) struct OrganizationRow {
    pub(super) number: i64,
    pub(super) display_name: OrganizationName,
    pub(super) slug: Slug,
    pub(super) company: CompanyId,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) version: Version,
}

#[derive(Clone)]
pub(super) struct MemberRow {
    pub(super) organization: OrganizationId,
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) joined_at: Timestamp,
    /// Whether the user chose it as the default; at most one is.
    pub(super) is_chosen: bool,
    pub(super) version: Version,
}

#[derive(Clone)]
pub(super) struct InvitationRow {
    pub(super) invitation: Invitation,
    /// Only a pending invitation has a token.
    pub(super) token: Option<Digest>,
}

#[derive(Clone)]
pub(super) struct CompanyRow {
    pub(super) owner: UserId,
    pub(super) name: OrganizationName,
    pub(super) max_documents: MaxDocuments,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) version: Version,
}

#[derive(Clone)]
pub(super) struct OnceRow {
    pub(super) record: OnceRecord,
    pub(super) user: Option<UserId>,
    pub(super) expires_at: Timestamp,
}

impl OnceRow {
    pub(super) fn new(
        fingerprint: Digest,
        answer: Vec<u8>,
        user: Option<UserId>,
        at: Timestamp,
    ) -> Self {
        Self {
            user,
            record: OnceRecord {
                fingerprint,
                answer,
            },
            expires_at: at.after(RETENTION),
        }
    }
}

#[derive(Clone)]
pub(super) struct JobRow {
    pub(super) job: Job,
    pub(super) user: Option<UserId>,
    pub(super) due: Timestamp,
}

impl JobRow {
    pub(super) fn new(job: NewJob, at: Timestamp) -> Self {
        Self {
            job: Job {
                id: job.id,
                work: job.work,
                attempts: 0,
            },
            user: job.user,
            due: at,
        }
    }
}

impl State {
    pub(super) fn user_mut(&mut self, user: UserId) -> Result<&mut UserRow, StoreError> {
        self.users.get_mut(&user).ok_or(StoreError::Missing("user"))
    }

    /// Fails with `Missing("user")` without account.
    pub(super) fn require_user(&self, user: UserId) -> Result<(), StoreError> {
        if self.users.contains_key(&user) {
            Ok(())
        } else {
            Err(StoreError::Missing("user"))
        }
    }

    /// The account as ports answer it.
    pub(super) fn account(&self, user: UserId) -> Option<Arc<Account>> {
        let row = self.users.get(&user)?;
        let has_primary_address = self
            .addresses
            .values()
            .any(|address| address.user == user && address.is_primary);
        let mut account = Arc::clone(&row.account);
        if account.has_primary_address != has_primary_address {
            Arc::make_mut(&mut account).has_primary_address = has_primary_address;
        }
        let organization = self.default_organization(user);
        let organization = organization.and_then(|id| {
            Some(DefaultOrganization {
                summary: self.organization_summary(id)?,
                role: self.role(id, user)?,
            })
        });
        if account.organization != organization {
            Arc::make_mut(&mut account).organization = organization;
        }
        Some(account)
    }

    pub(super) fn user_by(&self, matches: impl Fn(&Account) -> bool) -> Option<UserId> {
        self.users
            .iter()
            .find(|(_, row)| matches(&row.account))
            .map(|(id, _)| *id)
    }

    pub(super) fn credential(&self, user: UserId) -> Option<Credential> {
        let row = self.users.get(&user)?;
        Some(Credential {
            account: self.account(user)?,
            password_hash: row.password_hash.clone(),
            version: row.credential_version,
        })
    }

    pub(super) fn put_session(&mut self, new: NewSession) {
        let id = new.session.id;
        let refresh = RefreshRow {
            session: id,
            superseded_at: None,
        };
        self.refresh.insert(new.refresh, refresh);
        let row = SessionRow {
            session: Arc::new(new.session),
            cookie: new.cookie,
        };
        self.sessions.insert(id, row);
    }

    /// Deletes the sessions that `ended` picks, with their refresh tokens.
    pub(super) fn end_sessions(&mut self, ended: impl Fn(&Session) -> bool) {
        self.sessions.retain(|_, row| !ended(&row.session));
        let sessions = &self.sessions;
        self.refresh
            .retain(|_, row| sessions.contains_key(&row.session));
    }

    pub(super) fn signed_in(&self, session: SessionId) -> Option<SignedIn> {
        let session = Arc::clone(&self.sessions.get(&session)?.session);
        let account = self.account(session.user)?;
        Some(SignedIn { session, account })
    }

    /// Stores a token; its user has no other one of its kind afterwards.
    pub(super) fn put_token(&mut self, user: UserId, token: NewToken) {
        self.tokens
            .retain(|_, row| row.user != user || row.token.kind != token.kind);
        self.tokens.insert(token.digest, TokenRow { user, token });
    }

    /// The record with this key that has not expired.
    pub(super) fn live_once(&self, key: Digest, now: Timestamp) -> Option<&OnceRecord> {
        self.once
            .get(&key)
            .filter(|row| now < row.expires_at)
            .map(|row| &row.record)
    }
}
