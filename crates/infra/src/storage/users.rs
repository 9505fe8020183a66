use std::convert::Infallible;
use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::Text;
use vestibule_domain::avatars::AvatarKey;
use vestibule_domain::credentials::{CredentialVersion, PasswordHash, TokenKind};
use vestibule_domain::kernel::{
    FieldError, GuardError, Page, PageRequest, StoreError, UserId, Write, kinds,
};
use vestibule_domain::users::{
    Account, EmailAddress, MergeSettings, NewUser, Settings, UpdateUser, UserFilter, UserStore,
    Username, VerifyEmail,
};

use super::account::{AccountRow, UserRow, is_visible, json_text, load_account, lock_user};
use super::account_changes::UserChangeset;
use super::credentials::{put_token, spend_token};
use super::invitations::accept_invitation;
use super::paging::load_page;
use super::schema::{single_use_tokens, users};
use super::sessions::insert_session;
use super::stored::Stored;
use super::{Shown, SqlStorage};
use crate::cache::protocol::CacheKey;
use crate::database::dialect::on;
use crate::database::{Conn, JobError, prepared_update};

/// The state of the credential of a new account.
const FIRST_CREDENTIAL: CredentialVersion = CredentialVersion(1);

#[async_trait]
impl UserStore for SqlStorage {
    async fn register(&self, write: Write<NewUser, ()>) -> Result<(), StoreError> {
        let Ok(()) = self
            .commit(
                write,
                |()| &(),
                |tx, new, at| {
                    let NewUser {
                        account,
                        password_hash,
                        session,
                        token,
                        invitation,
                    } = new;
                    insert_user(tx.conn, account, password_hash.as_ref())?;
                    tx.touch(CacheKey::User(account.id));
                    if let Some(session) = session {
                        insert_session(tx.conn, session)?;
                        tx.touch(CacheKey::Session(session.session.id));
                    }
                    if let Some(token) = token {
                        put_token(tx.conn, account.id, token)?;
                    }
                    if let Some(invitation) = invitation
                        && accept_invitation(tx, invitation, at)?.is_err()
                    {
                        // Not a refusal that keeps what was written so far.
                        return Err(StoreError::Missing("invitation").into());
                    }
                    Ok(Ok::<_, Infallible>(()))
                },
            )
            .await?;
        Ok(())
    }

    async fn account(&self, user: UserId) -> Result<Option<Arc<Account>>, StoreError> {
        let load = || self.database.query(move |conn| load_account(conn, user));
        match self.caches() {
            Some(caches) => caches.account(user, load).await,
            None => Ok(self.account_past_caches(load().await?.map(Arc::new))),
        }
    }

    async fn by_username(&self, username: &Username) -> Result<Option<Arc<Account>>, StoreError> {
        let canonical = username.canonical();
        let account = self
            .database
            .query(move |conn| {
                let row: Option<AccountRow> = on!(conn, |c| users::table
                    .filter(users::username_canonical.eq(canonical))
                    .select(AccountRow::as_select())
                    .first(c)
                    .optional())?;
                into_shared(row)
            })
            .await?;
        Ok(self.account_past_caches(account))
    }

    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Arc<Account>>, StoreError> {
        let canonical = email.canonical();
        let account = self
            .database
            .query(move |conn| {
                let row: Option<AccountRow> = on!(conn, |c| users::table
                    .filter(users::email_canonical.eq(canonical))
                    .select(AccountRow::as_select())
                    .first(c)
                    .optional())?;
                into_shared(row)
            })
            .await?;
        Ok(self.account_past_caches(account))
    }

    async fn update(&self, write: Write<UpdateUser>) -> Result<Arc<Account>, StoreError> {
        let changes = UserChangeset::new(&write.command.changes);
        let texts = Arc::clone(&self.user_updates);
        self.commit_update(write.command.user, write, move |tx, update, at| {
            let UpdateUser {
                user,
                expected,
                changes: _,
                end_sessions,
            } = *update;
            if let Some(expected) = expected
                && lock_user(tx.conn, user)?.version != expected.0
            {
                return Err(StoreError::Conflict.into());
            }
            let set = (
                &changes,
                end_sessions.then(|| users::auth_epoch.eq(users::auth_epoch + 1_i64)),
                users::version.eq(users::version + 1_i64),
                users::updated_at.eq(at.as_micros()),
            );
            let is_user = users::id.eq(user.to_string()).and(is_visible());
            let updated = on!(tx.conn, |c| prepared_update(&texts, "users", set, is_user)
                .execute(c))?;
            require_user(updated)?;
            tx.touch(CacheKey::User(user));
            Ok(())
        })
        .await
    }

    async fn verify_email(
        &self,
        write: Write<VerifyEmail>,
    ) -> Result<Option<Arc<Account>>, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, verify, at| {
                    let owner: Option<String> = on!(tx.conn, |c| single_use_tokens::table
                        .find(verify.token.0.as_slice())
                        .select(single_use_tokens::user_id)
                        .first(c)
                        .optional())?;
                    let Some(owner) = owner else {
                        return Ok(Err(()));
                    };
                    let user = Stored {
                        table: "single_use_tokens",
                        row: &owner,
                    }
                    .id("user_id", &owner)?;
                    let email = lock_user(tx.conn, user)?.email_canonical;
                    if !spend_token(
                        tx.conn,
                        (verify.token, TokenKind::VerifyEmail),
                        user,
                        &email,
                        at,
                    )? {
                        return Ok(Err(()));
                    }
                    let updated = on!(tx.conn, |c| diesel::update(users::table.find(owner))
                        .set((
                            users::email_verified.eq(true),
                            users::version.eq(users::version + 1_i64),
                            users::updated_at.eq(at.as_micros()),
                        ))
                        .execute(c))?;
                    require_user(updated)?;
                    tx.touch(CacheKey::User(user));
                    let account = load_account(tx.conn, user)?;
                    Ok(account.map(Arc::new).ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }

    async fn settings(&self, user: UserId) -> Result<Option<Settings>, StoreError> {
        self.database
            .query(move |conn| load_settings(conn, user))
            .await
    }

    async fn merge_settings(
        &self,
        write: Write<MergeSettings>,
    ) -> Result<Settings, GuardError<FieldError>> {
        self.commit(
            write,
            |_| &(),
            |tx, merge, _| {
                let MergeSettings {
                    user,
                    expected,
                    changes,
                } = merge;
                lock_user(tx.conn, *user)?;
                let settings = load_settings(tx.conn, *user)?.ok_or(StoreError::Missing("user"))?;
                if expected.as_ref().is_some_and(|seen| *seen != settings) {
                    return Err(StoreError::Conflict.into());
                }
                let merged = match settings.merged(changes) {
                    Ok(merged) => merged,
                    Err(refused) => return Ok(Err(refused)),
                };
                let updated = on!(tx.conn, |c| diesel::update(
                    users::table.find(user.to_string())
                )
                .set(users::settings.eq(json_text(merged.as_map())))
                .execute(c))?;
                require_user(updated)?;
                Ok(Ok(merged))
            },
        )
        .await?
        .map_err(GuardError::Rule)
    }

    async fn avatars_in_use(&self, keys: &[AvatarKey]) -> Result<Vec<AvatarKey>, StoreError> {
        self.named_avatars(keys).await
    }

    async fn list(
        &self,
        filter: UserFilter,
        page: PageRequest<kinds::User>,
    ) -> Result<Page<Arc<Account>>, StoreError> {
        let UserFilter { search, email } = filter;
        let pattern = search.map(|text| contains(&text));
        let email = email.map(|email| email.canonical());
        let page = self
            .database
            .read(move |conn| {
                let rows = load_page!(conn, page, users::id, AccountRow, {
                    let mut query = users::table.filter(is_visible()).into_boxed();
                    if let Some(email) = &email {
                        query = query.filter(users::email_canonical.eq(email));
                    }
                    if let Some(pattern) = &pattern {
                        query = query.filter(
                            users::username_canonical
                                .like(pattern)
                                .escape('\\')
                                .or(users::email_canonical.like(pattern).escape('\\'))
                                .or(lower(users::first_name).like(pattern).escape('\\'))
                                .or(lower(users::last_name).like(pattern).escape('\\')),
                        );
                    }
                    query
                });
                Ok(rows.into_page(|row| row.into_account().map(Arc::new))?)
            })
            .await?;
        self.shown(page.items.iter().map(|account| Shown::Account(account)));
        Ok(page)
    }
}

impl SqlStorage {
    fn account_past_caches(&self, account: Option<Arc<Account>>) -> Option<Arc<Account>> {
        self.shown(account.as_deref().map(Shown::Account));
        account
    }
}

diesel::define_sql_function! {
    /// Lower case, of ASCII letters only.
    fn lower(text: Text) -> Text;
}

/// A LIKE pattern of what contains `text`, ignoring the case of ASCII letters.
fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

/// The port's answer to an UPDATE of one user's row.
pub(super) fn require_user(updated: usize) -> Result<(), StoreError> {
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("user"))
    }
}

fn into_shared(row: Option<AccountRow>) -> Result<Option<Arc<Account>>, JobError> {
    let account = row.map(AccountRow::into_account).transpose()?;
    Ok(account.map(Arc::new))
}

/// Asks which unique value is taken instead of letting the insert fail:
/// which violation a database names first is its own affair.
fn insert_user(
    conn: &mut Conn,
    account: &Account,
    password_hash: Option<&PasswordHash>,
) -> Result<(), JobError> {
    let (email, username) = (account.email.canonical(), account.username.canonical());
    let inserted = on!(conn, |c| diesel::insert_into(users::table)
        .values((
            &UserRow::new(account),
            users::email_canonical.eq(&email),
            users::username_canonical.eq(&username),
            users::password_hash.eq(password_hash.map(PasswordHash::as_str)),
            users::credential_version.eq(FIRST_CREDENTIAL.0),
            users::settings.eq("{}"),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if inserted == 1 {
        return Ok(());
    }
    let email_owner: Option<String> = on!(conn, |c| users::table
        .filter(users::email_canonical.eq(&email))
        .select(users::id)
        .first(c)
        .optional())?;
    let field = if email_owner.is_some() {
        "email"
    } else {
        "username"
    };
    Err(StoreError::Duplicate(field).into())
}

fn load_settings(conn: &mut Conn, user: UserId) -> Result<Option<Settings>, JobError> {
    let id = user.to_string();
    let json: Option<String> = on!(conn, |c| users::table
        .find(&id)
        .filter(is_visible())
        .select(users::settings)
        .first(c)
        .optional())?;
    let row = Stored {
        table: "users",
        row: &id,
    };
    let settings = row.optional("settings", json.as_deref(), |json| {
        serde_json::from_str(json).map(Settings::from_map)
    })?;
    Ok(settings)
}
