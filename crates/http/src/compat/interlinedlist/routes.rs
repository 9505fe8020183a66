use utoipa_actix_web::service_config::ServiceConfig;

use super::{get_user, update};

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut ServiceConfig) {
    config
        .service(get_user::get_user)
        .service(update::update_user);
}
