//! Stands in for the ports that an adapter does not have.

use std::sync::Arc;

use async_trait::async_trait;
use vestibule_domain::activity::{ActivityRecord, ActivityStore};
use vestibule_domain::addresses::{
    AddAddress, Address, AddressRule, AddressStore, ChangeAddress, RemoveAddress,
};
use vestibule_domain::api_keys::{
    ApiKey, ApiKeyStore, HeldKey, KeyRule, KeyUseCount, NewApiKey, RemoveKey, RotateKey,
    UsageRecord,
};
use vestibule_domain::app::Storage;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::companies::{
    Company, CompanyRule, CompanyStore, RenameCompany, SetMaxDocuments,
};
use vestibule_domain::contact::{
    CancelEmailChange, ConfirmEmailChange, EmailChange, EmailChangeStore, FormerEmail,
    PendingEmailChange, PendingUndo, StartEmailChange, TryCode, UndoEmailChange,
};
use vestibule_domain::credentials::{
    Credential, CredentialStore, IssueToken, Rehash, ReplacePassword, ResetPassword,
};
use vestibule_domain::devices::{
    Device, DeviceRule, DeviceStore, OneDevice, PutDevice, RefreshDevice, Registered,
};
use vestibule_domain::idempotency::{OnceRecord, OnceStore};
use vestibule_domain::identities::{
    Flow, Identity, IdentityRule, IdentityStore, InstanceClient, InstanceName, LinkIdentity,
    Linked, NewFlow, ProviderName, ProviderTokens, PutLoginCode, RecordCheck, TakeFlow,
    UnlinkIdentity,
};
use vestibule_domain::inquiries::{
    AddReply, Inquiry, InquiryRule, InquiryStatus, InquiryStore, InquiryThread, OpenInquiry,
    SetInquiryStatus,
};
use vestibule_domain::kernel::{
    AddressId, ApiKeyId, CompanyId, Day, DeviceId, Digest, FieldError, GuardError, IdentityId,
    InquiryId, InvitationId, JobId, MessageId, OrganizationId, Page, PageRequest, SessionId,
    StoreError, Timestamp, UserId, Write, kinds,
};
use vestibule_domain::maintenance::MaintenanceStore;
use vestibule_domain::messages::{Audience, Message, MessageStore, OneMessage, Slice};
use vestibule_domain::organizations::{
    AcceptInvitation, ChangeOrganization, ChangeRole, DeleteOrganization, Invitation,
    InvitationStore, Invite, Invited, Member, MemberStore, NewOrganization, OpenInvitation,
    OrganizationNumber, OrganizationRule, OrganizationStore, OrganizationView, RemoveMember,
    RevokeInvitation, SetDefault, Stake, TransferOwnership,
};
use vestibule_domain::outbox::{Job, OutboxStore};
use vestibule_domain::personal_data::{DeletionRule, ErasureStore, HideAccount};
use vestibule_domain::sessions::{
    EndOtherSessions, EndSession, LiveAt, OpenSession, RefreshRecord, RotateRefresh, Session,
    SessionStore, SessionUse, SignedIn,
};
use vestibule_domain::users::{
    Account, EmailAddress, MergeSettings, NewUser, Settings, UpdateUser, UserFilter, UserStore,
    Username, VerifyEmail,
};

/// Every storage port, each method of which answers
/// [`StoreError::Unavailable`] with a cause that names the port.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unsupported;

/// A bundle of [`Unsupported`] ports, for what an adapter does not have:
/// `Storage { devices: mine, ..unsupported() }`.
pub fn unsupported() -> Storage {
    let port = Arc::new(Unsupported);
    Storage {
        users: port.clone(),
        credentials: port.clone(),
        sessions: port.clone(),
        email_changes: port.clone(),
        addresses: port.clone(),
        devices: port.clone(),
        inquiries: port.clone(),
        organizations: port.clone(),
        members: port.clone(),
        invitations: port.clone(),
        companies: port.clone(),
        api_keys: port.clone(),
        identities: port.clone(),
        once: port.clone(),
        outbox: port.clone(),
        activity: port.clone(),
        messages: port.clone(),
        erasure: port.clone(),
        maintenance: port,
    }
}

fn refused<T, E: From<StoreError>>(port: &str) -> Result<T, E> {
    let cause = format!("this adapter has no {port}");
    Err(StoreError::unavailable(cause).into())
}

/// Implements a port by methods that refuse.
macro_rules! refuse {
    ($port:ident: $what:literal { $($method:ident($($argument:ty),*) -> $answer:ty;)+ }) => {
        #[async_trait]
        impl $port for Unsupported {
            $(async fn $method(&self, $(_: $argument),*) -> $answer {
                refused($what)
            })+
        }
    };
}

refuse! { UserStore: "accounts" {
    register(Write<NewUser>) -> Result<(), StoreError>;
    account(UserId) -> Result<Option<Arc<Account>>, StoreError>;
    by_username(&Username) -> Result<Option<Arc<Account>>, StoreError>;
    by_email(&EmailAddress) -> Result<Option<Arc<Account>>, StoreError>;
    update(Write<UpdateUser>) -> Result<Arc<Account>, StoreError>;
    verify_email(Write<VerifyEmail>) -> Result<Option<Arc<Account>>, StoreError>;
    settings(UserId) -> Result<Option<Settings>, StoreError>;
    merge_settings(Write<MergeSettings>) -> Result<Settings, GuardError<FieldError>>;
    avatars_in_use(&[AvatarKey]) -> Result<Vec<AvatarKey>, StoreError>;
    list(UserFilter, PageRequest<kinds::User>) -> Result<Page<Arc<Account>>, StoreError>;
} }

refuse! { CredentialStore: "credentials" {
    by_username(&Username) -> Result<Option<Credential>, StoreError>;
    by_email(&EmailAddress) -> Result<Option<Credential>, StoreError>;
    by_user(UserId) -> Result<Option<Credential>, StoreError>;
    replace_password(Write<ReplacePassword>) -> Result<(), StoreError>;
    issue_token(Write<IssueToken>) -> Result<(), StoreError>;
    by_reset_token(UserId, Digest, Timestamp) -> Result<Option<Credential>, StoreError>;
    reset_password(Write<ResetPassword>) -> Result<bool, StoreError>;
    rehash(Write<Rehash>) -> Result<(), StoreError>;
} }

refuse! { SessionStore: "sessions" {
    open(Write<OpenSession>) -> Result<(), StoreError>;
    signed_in(SessionId, UserId) -> Result<Option<SignedIn>, StoreError>;
    by_cookie(Digest) -> Result<Option<SignedIn>, StoreError>;
    list(UserId, Option<LiveAt>, PageRequest<kinds::Session>) -> Result<Page<Session>, StoreError>;
    refresh_record(Digest) -> Result<Option<RefreshRecord>, StoreError>;
    rotate_refresh(Write<RotateRefresh>) -> Result<bool, StoreError>;
    end(Write<EndSession>) -> Result<bool, StoreError>;
    end_others(Write<EndOtherSessions>) -> Result<u64, StoreError>;
    record_use(&[SessionUse]) -> Result<(), StoreError>;
} }

refuse! { EmailChangeStore: "changes of e-mail addresses" {
    start(Write<StartEmailChange>) -> Result<(), StoreError>;
    pending(UserId, Timestamp) -> Result<Option<EmailChange>, StoreError>;
    cancel(Write<CancelEmailChange>) -> Result<bool, StoreError>;
    by_token(Digest, Timestamp) -> Result<Option<PendingEmailChange>, StoreError>;
    try_code(Write<TryCode>) -> Result<Option<PendingEmailChange>, StoreError>;
    confirm(Write<ConfirmEmailChange>) -> Result<Option<Arc<Account>>, StoreError>;
    by_undo_token(Digest, Timestamp) -> Result<Option<PendingUndo>, StoreError>;
    undo(Write<UndoEmailChange>) -> Result<bool, StoreError>;
    former(UserId, Timestamp) -> Result<Vec<FormerEmail>, StoreError>;
} }

refuse! { AddressStore: "addresses" {
    add(Write<AddAddress, Address>) -> Result<Address, GuardError<AddressRule>>;
    list(UserId, PageRequest<kinds::Address>) -> Result<Page<Address>, StoreError>;
    find(UserId, AddressId) -> Result<Option<Address>, StoreError>;
    change(Write<ChangeAddress>) -> Result<Address, GuardError<AddressRule>>;
    remove(Write<RemoveAddress>) -> Result<(), GuardError<AddressRule>>;
} }

refuse! { DeviceStore: "devices" {
    register(Write<PutDevice, Registered>) -> Result<Registered, GuardError<DeviceRule>>;
    list(UserId, PageRequest<kinds::Device>) -> Result<Page<Device>, StoreError>;
    find(UserId, DeviceId) -> Result<Option<Device>, StoreError>;
    deactivate(Write<OneDevice>) -> Result<Option<Device>, StoreError>;
    refresh(Write<RefreshDevice>) -> Result<Device, GuardError<DeviceRule>>;
    delete(Write<OneDevice>) -> Result<bool, StoreError>;
} }

refuse! { InquiryStore: "inquiries" {
    open(Write<OpenInquiry, Inquiry>) -> Result<(), GuardError<InquiryRule>>;
    list_own(UserId, PageRequest<kinds::Inquiry>) -> Result<Page<Inquiry>, StoreError>;
    list_all(Option<InquiryStatus>, PageRequest<kinds::Inquiry>)
        -> Result<Page<InquiryThread>, StoreError>;
    find(InquiryId) -> Result<Option<InquiryThread>, StoreError>;
    set_status(Write<SetInquiryStatus>) -> Result<Option<InquiryThread>, StoreError>;
    reply(Write<AddReply, InquiryThread>) -> Result<Option<InquiryThread>, StoreError>;
} }

refuse! { OrganizationStore: "organizations" {
    create(Write<NewOrganization, OrganizationView>)
        -> Result<OrganizationView, GuardError<OrganizationRule>>;
    list(UserId, PageRequest<kinds::Membership>) -> Result<Page<OrganizationView>, StoreError>;
    find(UserId, OrganizationId) -> Result<Option<OrganizationView>, StoreError>;
    by_number(UserId, OrganizationNumber) -> Result<Option<OrganizationView>, StoreError>;
    default_of(UserId) -> Result<Option<OrganizationView>, StoreError>;
    in_common(UserId, UserId) -> Result<bool, StoreError>;
    change(Write<ChangeOrganization>) -> Result<OrganizationView, GuardError<OrganizationRule>>;
    delete(Write<DeleteOrganization>) -> Result<(), GuardError<OrganizationRule>>;
    set_default(Write<SetDefault>) -> Result<OrganizationView, GuardError<OrganizationRule>>;
    stakes(UserId) -> Result<Vec<Stake>, StoreError>;
} }

refuse! { MemberStore: "members of organizations" {
    list(OrganizationId, PageRequest<kinds::Membership>) -> Result<Page<Member>, StoreError>;
    find(OrganizationId, UserId) -> Result<Option<Member>, StoreError>;
    change_role(Write<ChangeRole>) -> Result<Member, GuardError<OrganizationRule>>;
    remove(Write<RemoveMember>) -> Result<(), GuardError<OrganizationRule>>;
    transfer(Write<TransferOwnership, OrganizationView>)
        -> Result<OrganizationView, GuardError<OrganizationRule>>;
} }

refuse! { InvitationStore: "invitations" {
    invite(Write<Invite, Invited>) -> Result<Invited, GuardError<OrganizationRule>>;
    list(OrganizationId, PageRequest<kinds::Invitation>) -> Result<Page<Invitation>, StoreError>;
    find(OrganizationId, InvitationId) -> Result<Option<Invitation>, StoreError>;
    by_token(Digest, Timestamp) -> Result<Option<OpenInvitation>, StoreError>;
    revoke(Write<RevokeInvitation>) -> Result<(), GuardError<OrganizationRule>>;
    accept(Write<AcceptInvitation, OrganizationView>)
        -> Result<OrganizationView, GuardError<OrganizationRule>>;
} }

refuse! { CompanyStore: "companies" {
    list(UserId, PageRequest<kinds::Company>) -> Result<Page<Company>, StoreError>;
    find(UserId, CompanyId) -> Result<Option<Company>, StoreError>;
    of_member(UserId, CompanyId) -> Result<Option<Company>, StoreError>;
    find_any(CompanyId) -> Result<Option<Company>, StoreError>;
    rename(Write<RenameCompany>) -> Result<Company, GuardError<CompanyRule>>;
    set_max_documents(Write<SetMaxDocuments>) -> Result<Option<Company>, StoreError>;
} }

refuse! { ApiKeyStore: "API keys" {
    create(Write<NewApiKey, ApiKey>) -> Result<(), GuardError<KeyRule>>;
    by_digest(Digest) -> Result<Option<HeldKey>, StoreError>;
    list(Option<UserId>, PageRequest<kinds::ApiKey>) -> Result<Page<ApiKey>, StoreError>;
    find(ApiKeyId) -> Result<Option<ApiKey>, StoreError>;
    rotate(Write<RotateKey, ApiKey>) -> Result<ApiKey, GuardError<KeyRule>>;
    remove(Write<RemoveKey>) -> Result<bool, StoreError>;
    record_use(&[KeyUseCount]) -> Result<(), StoreError>;
    usage(UserId, Day, Day) -> Result<Vec<UsageRecord>, StoreError>;
} }

refuse! { IdentityStore: "identities" {
    begin(Write<NewFlow>) -> Result<(), StoreError>;
    take_flow(Write<TakeFlow>) -> Result<Option<Flow>, StoreError>;
    link(Write<LinkIdentity, Linked>) -> Result<Linked, GuardError<IdentityRule>>;
    list(UserId, PageRequest<kinds::Identity>) -> Result<Page<Identity>, StoreError>;
    find(UserId, IdentityId) -> Result<Option<Identity>, StoreError>;
    tokens(UserId, IdentityId) -> Result<Option<ProviderTokens>, StoreError>;
    record_check(Write<RecordCheck>) -> Result<Option<Identity>, StoreError>;
    unlink(Write<UnlinkIdentity>) -> Result<(), GuardError<IdentityRule>>;
    put_login_code(Write<PutLoginCode>) -> Result<bool, StoreError>;
    take_login_code(Write<Digest>) -> Result<Option<UserId>, StoreError>;
    client(&ProviderName, &InstanceName) -> Result<Option<InstanceClient>, StoreError>;
    keep_client(Write<InstanceClient>) -> Result<InstanceClient, StoreError>;
} }

refuse! { OnceStore: "idempotency records" {
    find(Digest, Timestamp) -> Result<Option<OnceRecord>, StoreError>;
    record(Write<()>) -> Result<(), StoreError>;
} }

refuse! { OutboxStore: "outbox" {
    claim(Timestamp, Timestamp, u32) -> Result<Vec<Job>, StoreError>;
    complete(&[JobId]) -> Result<(), StoreError>;
    retry(JobId, Timestamp) -> Result<(), StoreError>;
    release(Timestamp) -> Result<(), StoreError>;
} }

refuse! { ActivityStore: "security log" {
    list(UserId, PageRequest<kinds::Activity>) -> Result<Page<ActivityRecord>, StoreError>;
} }

refuse! { MaintenanceStore: "removal of what has expired" {
    purge(Timestamp, u32) -> Result<u32, StoreError>;
    purge_log(Timestamp, u32) -> Result<u32, StoreError>;
} }

refuse! { MessageStore: "messages" {
    post(Write<Message, Message>) -> Result<(), StoreError>;
    list(UserId, Audience, PageRequest<kinds::Message>) -> Result<Page<Message>, StoreError>;
    slice(UserId, Audience, u64, u32) -> Result<Slice<Message>, StoreError>;
    find(UserId, MessageId) -> Result<Option<Message>, StoreError>;
    delete(Write<OneMessage>) -> Result<bool, StoreError>;
} }

refuse! { ErasureStore: "erasure of accounts" {
    hide(Write<HideAccount>) -> Result<(), GuardError<DeletionRule>>;
    pending(u32) -> Result<Vec<UserId>, StoreError>;
    erase(UserId, u32) -> Result<bool, StoreError>;
    forget(UserId) -> Result<(), StoreError>;
    purge_journal() -> Result<(), StoreError>;
} }
