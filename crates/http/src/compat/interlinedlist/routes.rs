use super::{avatars, change_email, delete, get_user, identities, messages, organizations, update};
use crate::registrar::Registrar;

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut impl Registrar) {
    config
        .service(get_user::get_user)
        .service(update::update_user)
        .service(avatars::upload_avatar)
        .service(avatars::avatar_from_url)
        .service(identities::list_identities)
        .service(identities::remove_identity)
        .service(identities::verify_identity)
        .service(organizations::list_organizations)
        .service(organizations::create_organization)
        .service(change_email::request_email_change)
        .service(delete::delete_user)
        .service(messages::list_messages);
}
