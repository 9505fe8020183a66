use utoipa_actix_web::service_config::ServiceConfig;

use super::{create, current, default_account, delete, find, update};

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut ServiceConfig) {
    config
        .service(current::get_user)
        .service(create::create_user)
        .service(update::update_user)
        .service(delete::delete_user)
        .service(default_account::set_default_account)
        .service(find::find_user);
}
