//! Who is behind an access token: a session with its account.

use diesel::prelude::*;
use vestibule_domain::kernel::{SessionId, StoreError, UserId};

use super::account::{AccountRow, is_visible};
use super::schema::{sessions, users};
use super::session_row::SessionRow;
use crate::cache::storage::Pair;
use crate::database::{Conn, JobError};

type Row = (AccountRow, Option<SessionRow>);

/// The users that a condition finds, each with the sessions that another one
/// does.
macro_rules! rows {
    ($users:expr, $sessions:expr) => {
        users::table
            .left_join(sessions::table.on($sessions))
            .filter($users)
            .filter(is_visible())
            .select((AccountRow::as_select(), Option::<SessionRow>::as_select()))
    };
}

/// The account and the session for each of the keys, also of a session that is
/// another user's: what is not found for one key the cache takes for absent.
pub(super) fn load_pairs(
    conn: &mut Conn,
    keys: &[(SessionId, UserId)],
) -> Result<Vec<Result<Pair, StoreError>>, JobError> {
    let (sessions, users): (Vec<_>, Vec<_>) = keys
        .iter()
        .map(|(session, user)| (session.to_string(), user.to_string()))
        .unzip();
    let pairs = sessions.iter().zip(&users);
    match conn {
        Conn::Sqlite(c) => pairs
            .map(|(session, user)| {
                let row = rows!(users::id.eq(user), sessions::id.eq(session))
                    .get_result(c)
                    .optional()?;
                Ok(into_pair(row))
            })
            .collect(),
        Conn::Pg(c) => {
            let of_users = sessions::user_id.eq(users::id);
            let mut rows: Vec<Row> = rows!(
                users::id.eq_any(&users),
                sessions::id.eq_any(&sessions).and(of_users)
            )
            .load(c)?;
            let mut picked: Vec<_> = pairs
                .enumerate()
                .map(|(at, (session, user))| {
                    let wanted_again = users[at + 1..].contains(user);
                    pick(&mut rows, session, user, wanted_again)
                })
                .collect();
            add_sessions_of_others(c, &sessions, &mut picked)?;
            Ok(picked.into_iter().map(into_pair).collect())
        }
    }
}

/// The user's row with this session or, where there is none, the user alone.
fn pick(rows: &mut Vec<Row>, session: &str, user: &str, wanted_again: bool) -> Option<Row> {
    let is_user = |(account, _): &Row| account.id() == user;
    let is_session = |row: &SessionRow| row.id == session;
    let at = rows
        .iter()
        .position(|row| is_user(row) && row.1.as_ref().is_some_and(is_session))
        .or_else(|| rows.iter().position(is_user))?;
    let (account, found) = if wanted_again {
        rows[at].clone()
    } else {
        rows.swap_remove(at)
    };
    Some((account, found.filter(is_session)))
}

/// Looks once more for the sessions that were not found, which nobody asks for
/// but with a token that outlived its session. One that begins between the two
/// statements cannot be among them: its token is issued after its commit.
fn add_sessions_of_others(
    conn: &mut PgConnection,
    wanted: &[String],
    picked: &mut [Option<Row>],
) -> QueryResult<()> {
    let mut lacking: Vec<_> = wanted
        .iter()
        .zip(picked)
        .filter_map(|(session, row)| match row {
            Some((_, found @ None)) => Some((session, found)),
            _ => None,
        })
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = lacking.iter().map(|(session, _)| *session).collect();
    let others: Vec<SessionRow> = sessions::table
        .filter(sessions::id.eq_any(ids))
        .select(SessionRow::as_select())
        .load(conn)?;
    for (session, found) in &mut lacking {
        **found = others.iter().find(|row| row.id == **session).cloned();
    }
    Ok(())
}

fn into_pair(row: Option<Row>) -> Result<Pair, StoreError> {
    let Some((account, session)) = row else {
        return Ok((None, None));
    };
    Ok((
        Some(account.into_account()?),
        session.map(SessionRow::into_session).transpose()?,
    ))
}
