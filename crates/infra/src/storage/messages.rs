use std::convert::Infallible;

use async_trait::async_trait;
use diesel::prelude::*;
use vestibule_domain::kernel::{
    MessageId, Page, PageRequest, StoreError, Timestamp, UserId, Write, kinds,
};
use vestibule_domain::messages::{Audience, Message, MessageBody, MessageStore, OneMessage, Slice};
use vestibule_domain::users::Visibility;

use super::SqlStorage;
use super::account::lock_user;
use super::paging::load_page;
use super::schema::messages;
use super::stored::Stored;
use crate::database::dialect::on;

/// The author's messages that the audience sees, each list by its own index.
macro_rules! seen {
    ($author:expr, $audience:expr) => {{
        let own = messages::table
            .filter(messages::user_id.eq($author))
            .into_boxed();
        match $audience {
            Audience::Author => own,
            Audience::Others => own.filter(messages::visibility.eq(Visibility::Public.as_str())),
        }
    }};
}

#[async_trait]
impl MessageStore for SqlStorage {
    async fn post(&self, write: Write<Message, Message>) -> Result<(), StoreError> {
        let Ok(_) = self
            .commit(
                write,
                |message| message,
                |tx, message, _| {
                    lock_user(tx.conn, message.author)?;
                    on!(tx.conn, |c| diesel::insert_into(messages::table)
                        .values(&MessageRow::new(message))
                        .execute(c))?;
                    Ok(Ok::<_, Infallible>(message.clone()))
                },
            )
            .await?;
        Ok(())
    }

    async fn list(
        &self,
        author: UserId,
        audience: Audience,
        page: PageRequest<kinds::Message>,
    ) -> Result<Page<Message>, StoreError> {
        let author = author.to_string();
        self.database
            .read(move |conn| {
                let rows = load_page!(
                    conn,
                    page,
                    messages::id,
                    MessageRow,
                    seen!(&author, audience)
                );
                Ok(rows.into_page(MessageRow::into_message)?)
            })
            .await
    }

    async fn slice(
        &self,
        author: UserId,
        audience: Audience,
        offset: u64,
        limit: u32,
    ) -> Result<Slice<Message>, StoreError> {
        let author = author.to_string();
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        self.database
            .read(move |conn| {
                let total: i64 = on!(conn, |c| seen!(&author, audience).count().get_result(c))?;
                let rows: Vec<MessageRow> = on!(conn, |c| seen!(&author, audience)
                    .select(MessageRow::as_select())
                    .order(messages::id.desc())
                    .limit(limit.into())
                    .offset(offset)
                    .load(c))?;
                let items = rows.into_iter().map(MessageRow::into_message);
                Ok(Slice {
                    total: u64::try_from(total).unwrap_or(0),
                    items: items.collect::<Result<_, _>>()?,
                })
            })
            .await
    }

    async fn find(
        &self,
        author: UserId,
        message: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        self.database
            .query(move |conn| {
                let row: Option<MessageRow> = on!(conn, |c| messages::table
                    .find(message.to_string())
                    .filter(messages::user_id.eq(author.to_string()))
                    .select(MessageRow::as_select())
                    .get_result(c)
                    .optional())?;
                Ok(row.map(MessageRow::into_message).transpose()?)
            })
            .await
    }

    async fn delete(&self, write: Write<OneMessage>) -> Result<bool, StoreError> {
        let outcome = self
            .commit(
                write,
                |()| &(),
                |tx, one, _| {
                    let OneMessage { author, message } = one;
                    let deleted = on!(tx.conn, |c| diesel::delete(
                        messages::table
                            .find(message.to_string())
                            .filter(messages::user_id.eq(author.to_string()))
                    )
                    .execute(c))?;
                    Ok(if deleted == 1 { Ok(()) } else { Err(()) })
                },
            )
            .await?;
        Ok(outcome.is_ok())
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = messages)]
struct MessageRow {
    id: String,
    user_id: String,
    visibility: String,
    created_at: i64,
    body: String,
}

impl MessageRow {
    fn new(message: &Message) -> Self {
        let Message {
            id,
            author,
            body,
            visibility,
            created_at,
        } = message;
        Self {
            id: id.to_string(),
            user_id: author.to_string(),
            visibility: visibility.to_string(),
            created_at: created_at.as_micros(),
            body: body.to_string(),
        }
    }

    fn into_message(self) -> Result<Message, StoreError> {
        let Self {
            id,
            user_id,
            visibility,
            created_at,
            body,
        } = self;
        let row = Stored {
            table: "messages",
            row: &id,
        };
        Ok(Message {
            id: row.id("id", &id)?,
            author: row.id("user_id", &user_id)?,
            body: row.parsed("body", MessageBody::parse(&body))?,
            visibility: row.parsed("visibility", Visibility::parse(&visibility))?,
            created_at: Timestamp::from_micros(created_at),
        })
    }
}
