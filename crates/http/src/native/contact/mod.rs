//! E-mail address and phone number of the signed-in user.

pub(super) mod cancel;
pub(super) mod confirm;
pub(super) mod get;
pub(super) mod object;
pub(super) mod phone;
pub(super) mod start;
pub(super) mod undo;

use vestibule_domain::contact::EmailChange;

use crate::api::Api;
use crate::auth::SessionUser;
use crate::problem::Problem;

/// The user's change of the e-mail address that waits for its proof.
async fn find(api: &Api, user: &SessionUser) -> Result<EmailChange, Problem> {
    let change = api.app.contact.email_change(user.id()).await?;
    change.ok_or_else(Problem::not_found)
}
