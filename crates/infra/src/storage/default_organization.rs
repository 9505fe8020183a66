//! The default organization as a column of its account.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Nullable, Text};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::organizations::{
    DefaultOrganization, OrganizationName, OrganizationNumber, OrganizationSummary, Slug,
};

use super::organization_rows::read_role;
use super::stored::Stored;

/// The default organization of the row of `users` at hand: id, number, role,
/// slug and name, with a space between them, of which only the last may hold
/// any. One scalar, so
/// that an account stays one row of one statement. The limit is written out:
/// a bound one is planned anew each time.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct OrganizationColumn;

impl Expression for OrganizationColumn {
    type SqlType = Nullable<Text>;
}

impl<Source> SelectableExpression<Source> for OrganizationColumn {}

impl<Source> AppearsOnTable<Source> for OrganizationColumn {}

impl<GroupBy> ValidGrouping<GroupBy> for OrganizationColumn {
    type IsAggregate = is_aggregate::No;
}

impl<DB: Backend> QueryFragment<DB> for OrganizationColumn {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql(
            "(SELECT o.id || ' ' || o.number || ' ' || m.role || ' ' || o.slug || ' ' || o.display_name \
             FROM organization_members AS m \
             JOIN organizations AS o ON o.id = m.organization_id \
             WHERE m.user_id = users.id AND NOT o.is_deleted \
             ORDER BY m.default_order, m.id LIMIT 1)",
        );
        Ok(())
    }
}

/// Reads it back.
pub(super) fn read_organization(text: &str) -> Result<DefaultOrganization, StoreError> {
    let mut parts = text.splitn(5, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (id, number, role, slug, display_name) = (next(), next(), next(), next(), next());
    let row = Stored {
        table: "organizations",
        row: id,
    };
    let number = row.parsed("number", number.parse())?;
    let summary = OrganizationSummary {
        id: row.id("id", id)?,
        number: row.parsed("number", OrganizationNumber::new(number))?,
        display_name: row.parsed("display_name", OrganizationName::parse(display_name))?,
        slug: row.parsed("slug", Slug::parse(slug))?,
    };
    let role = read_role(id, role)?;
    Ok(DefaultOrganization { summary, role })
}
