use utoipa_actix_web::service_config::ServiceConfig;

use super::update;

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut ServiceConfig) {
    config.service(update::update_user);
}
