use super::{create, current, default_account, delete, find, update};
use crate::registrar::Registrar;

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut impl Registrar) {
    config
        .service(current::get_user)
        .service(create::create_user)
        .service(update::update_user)
        .service(delete::delete_user)
        .service(default_account::set_default_account)
        .service(find::find_user);
}
