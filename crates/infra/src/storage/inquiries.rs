use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::inquiries::{
    AddReply, Inquirer, Inquiry, InquiryMessage, InquiryRule, InquiryStatus, InquiryStore,
    InquiryThread, OpenInquiry, Reply, SetInquiryStatus, Subject, decide_submit,
};
use vestibule_domain::kernel::{
    GuardError, InquiryId, Page, PageRequest, StoreError, Timestamp, UserId, Version, Write, kinds,
};
use vestibule_domain::users::{EmailAddress, Username};

use super::SqlStorage;
use super::account::{is_visible, lock_user};
use super::paging::load_page;
use super::schema::{inquiries, inquiry_replies, users};
use super::stored::Stored;
use crate::database::dialect::{lock_row, on};
use crate::database::{Conn, JobError};

#[async_trait]
impl InquiryStore for SqlStorage {
    async fn open(
        &self,
        write: Write<OpenInquiry, Inquiry>,
    ) -> Result<(), GuardError<InquiryRule>> {
        self.commit(
            write,
            |inquiry| inquiry,
            |tx, open, _| {
                let OpenInquiry { inquiry, quota } = open;
                lock_user(tx.conn, inquiry.user)?;
                let waiting: i64 = on!(tx.conn, |c| inquiries::table
                    .filter(inquiries::user_id.eq(inquiry.user.to_string()))
                    .filter(inquiries::status.eq(InquiryStatus::Open.as_str()))
                    .count()
                    .get_result(c))?;
                if let Err(rule) = decide_submit(u64::try_from(waiting).unwrap_or(0), *quota) {
                    return Ok(Err(rule));
                }
                on!(tx.conn, |c| diesel::insert_into(inquiries::table)
                    .values(&InquiryRow::new(inquiry))
                    .execute(c))?;
                Ok(Ok(inquiry.clone()))
            },
        )
        .await?
        .map(drop)
        .map_err(GuardError::Rule)
    }

    async fn list_own(
        &self,
        user: UserId,
        page: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<Inquiry>, StoreError> {
        let user = user.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    inquiries::id,
                    InquiryRow,
                    inquiries::table.filter(inquiries::user_id.eq(&user))
                );
                Ok(rows.into_page(InquiryRow::into_inquiry)?)
            })
            .await
    }

    async fn list_all(
        &self,
        status: Option<InquiryStatus>,
        page: PageRequest<kinds::Inquiry>,
    ) -> Result<Page<InquiryThread>, StoreError> {
        self.database
            .read(move |conn| {
                let rows = load_page!(conn, page, inquiries::id, (InquiryRow, InquirerRow), {
                    let mut query = inquiries::table
                        .inner_join(users::table)
                        .filter(is_visible())
                        .into_boxed();
                    if let Some(status) = status {
                        query = query.filter(inquiries::status.eq(status.as_str()));
                    }
                    query
                });
                Ok(rows.into_page(|row| into_thread(row, Vec::new()))?)
            })
            .await
    }

    async fn find(&self, inquiry: InquiryId) -> Result<Option<InquiryThread>, StoreError> {
        self.database
            .read(move |conn| load_thread(conn, inquiry))
            .await
    }

    async fn set_status(
        &self,
        write: Write<SetInquiryStatus>,
    ) -> Result<Option<InquiryThread>, StoreError> {
        let outcome = self
            .commit(
                write,
                |_| &(),
                |tx, set, at| {
                    let SetInquiryStatus {
                        inquiry,
                        status,
                        expected,
                    } = *set;
                    let Some(locked) = lock(tx.conn, inquiry)? else {
                        return Ok(Err(()));
                    };
                    if expected.is_some_and(|expected| expected != locked) {
                        return Err(StoreError::Conflict.into());
                    }
                    move_on(tx.conn, inquiry, status, at)?;
                    Ok(load_thread(tx.conn, inquiry)?.ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }

    async fn reply(
        &self,
        write: Write<AddReply, InquiryThread>,
    ) -> Result<Option<InquiryThread>, StoreError> {
        let outcome = self
            .commit(
                write,
                |thread| thread,
                |tx, add, at| {
                    let AddReply { inquiry, reply } = add;
                    if lock(tx.conn, *inquiry)?.is_none() {
                        return Ok(Err(()));
                    }
                    move_on(tx.conn, *inquiry, InquiryStatus::Answered, at)?;
                    on!(tx.conn, |c| diesel::insert_into(inquiry_replies::table)
                        .values((
                            &ReplyRow::new(reply),
                            inquiry_replies::inquiry_id.eq(inquiry.to_string()),
                        ))
                        .execute(c))?;
                    Ok(load_thread(tx.conn, *inquiry)?.ok_or(()))
                },
            )
            .await?;
        Ok(outcome.ok())
    }
}

/// The version of the inquiry, held against other writers.
fn lock(conn: &mut Conn, inquiry: InquiryId) -> Result<Option<Version>, JobError> {
    let version: Option<i64> = lock_row!(
        conn,
        inquiries::table
            .find(inquiry.to_string())
            .select(inquiries::version)
    )?;
    Ok(version.map(Version))
}

fn move_on(
    conn: &mut Conn,
    inquiry: InquiryId,
    status: InquiryStatus,
    at: Timestamp,
) -> Result<(), JobError> {
    let updated = on!(conn, |c| diesel::update(
        inquiries::table.find(inquiry.to_string())
    )
    .set((
        inquiries::status.eq(status.as_str()),
        inquiries::updated_at.eq(at.as_micros()),
        inquiries::version.eq(inquiries::version + 1_i64),
    ))
    .execute(c))?;
    if updated == 1 {
        Ok(())
    } else {
        Err(StoreError::Missing("inquiry").into())
    }
}

fn load_thread(conn: &mut Conn, inquiry: InquiryId) -> Result<Option<InquiryThread>, JobError> {
    let id = inquiry.to_string();
    let row: Option<(InquiryRow, InquirerRow)> = on!(conn, |c| inquiries::table
        .inner_join(users::table)
        .filter(inquiries::id.eq(&id))
        .filter(is_visible())
        .select((InquiryRow::as_select(), InquirerRow::as_select()))
        .first(c)
        .optional())?;
    let Some(row) = row else {
        return Ok(None);
    };
    let replies: Vec<ReplyRow> = on!(conn, |c| inquiry_replies::table
        .filter(inquiry_replies::inquiry_id.eq(&id))
        .order(inquiry_replies::id.asc())
        .select(ReplyRow::as_select())
        .load(c))?;
    let replies = replies.into_iter().map(ReplyRow::into_reply);
    Ok(Some(into_thread(row, replies.collect::<Result<_, _>>()?)?))
}

fn into_thread(
    (inquiry, inquirer): (InquiryRow, InquirerRow),
    replies: Vec<Reply>,
) -> Result<InquiryThread, StoreError> {
    Ok(InquiryThread {
        inquiry: inquiry.into_inquiry()?,
        replies,
        inquirer: inquirer.into_inquirer()?,
    })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = inquiries)]
struct InquiryRow {
    id: String,
    user_id: String,
    status: String,
    created_at: i64,
    updated_at: i64,
    version: i64,
    subject: String,
    message: String,
}

impl InquiryRow {
    fn new(inquiry: &Inquiry) -> Self {
        let Inquiry {
            id,
            user,
            subject,
            message,
            status,
            created_at,
            updated_at,
            version,
        } = inquiry;
        Self {
            id: id.to_string(),
            user_id: user.to_string(),
            status: status.to_string(),
            created_at: created_at.as_micros(),
            updated_at: updated_at.as_micros(),
            version: version.0,
            subject: subject.to_string(),
            message: message.to_string(),
        }
    }

    fn into_inquiry(self) -> Result<Inquiry, StoreError> {
        let Self {
            id,
            user_id,
            status,
            created_at,
            updated_at,
            version,
            subject,
            message,
        } = self;
        let row = Stored {
            table: "inquiries",
            row: &id,
        };
        Ok(Inquiry {
            id: row.id("id", &id)?,
            user: row.id("user_id", &user_id)?,
            subject: row.parsed("subject", Subject::parse(&subject))?,
            message: row.parsed("message", InquiryMessage::parse(&message))?,
            status: row.parsed("status", InquiryStatus::parse(&status))?,
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
            version: Version(version),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct InquirerRow {
    id: String,
    username: String,
    email: String,
}

impl InquirerRow {
    fn into_inquirer(self) -> Result<Inquirer, StoreError> {
        let Self {
            id,
            username,
            email,
        } = self;
        let row = Stored {
            table: "users",
            row: &id,
        };
        Ok(Inquirer {
            id: row.id("id", &id)?,
            username: row.parsed("username", Username::parse(&username))?,
            email: row.parsed("email", EmailAddress::parse(&email))?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = inquiry_replies)]
struct ReplyRow {
    id: String,
    created_at: i64,
    message: String,
}

impl ReplyRow {
    fn new(reply: &Reply) -> Self {
        let Reply {
            id,
            message,
            created_at,
        } = reply;
        Self {
            id: id.to_string(),
            created_at: created_at.as_micros(),
            message: message.to_string(),
        }
    }

    fn into_reply(self) -> Result<Reply, StoreError> {
        let Self {
            id,
            created_at,
            message,
        } = self;
        let row = Stored {
            table: "inquiry_replies",
            row: &id,
        };
        Ok(Reply {
            id: row.id("id", &id)?,
            message: row.parsed("message", InquiryMessage::parse(&message))?,
            created_at: Timestamp::from_micros(created_at),
        })
    }
}
