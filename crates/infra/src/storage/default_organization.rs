//! The default organization as a column of its account.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Nullable, Text};
use vestibule_domain::kernel::StoreError;
use vestibule_domain::organizations::{OrganizationName, OrganizationSummary, Slug};

use super::stored::Stored;

/// The default organization of the row of `users` at hand: id, slug and name,
/// with a space between them, of which the first two have none. One scalar, so
/// that an account stays one row of one statement. The limit is written out:
/// a bound one is planned anew each time.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct DefaultOrganization;

impl Expression for DefaultOrganization {
    type SqlType = Nullable<Text>;
}

impl<Source> SelectableExpression<Source> for DefaultOrganization {}

impl<Source> AppearsOnTable<Source> for DefaultOrganization {}

impl<GroupBy> ValidGrouping<GroupBy> for DefaultOrganization {
    type IsAggregate = is_aggregate::No;
}

impl<DB: Backend> QueryFragment<DB> for DefaultOrganization {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql(
            "(SELECT o.id || ' ' || o.slug || ' ' || o.display_name \
             FROM organization_members AS m \
             JOIN organizations AS o ON o.id = m.organization_id \
             WHERE m.user_id = users.id AND NOT o.is_deleted \
             ORDER BY m.default_order, m.id LIMIT 1)",
        );
        Ok(())
    }
}

/// Reads it back.
pub(super) fn read_organization(text: &str) -> Result<OrganizationSummary, StoreError> {
    let mut parts = text.splitn(3, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (id, slug, display_name) = (next(), next(), next());
    let row = Stored {
        table: "organizations",
        row: id,
    };
    Ok(OrganizationSummary {
        id: row.id("id", id)?,
        display_name: row.parsed("display_name", OrganizationName::parse(display_name))?,
        slug: row.parsed("slug", Slug::parse(slug))?,
    })
}
