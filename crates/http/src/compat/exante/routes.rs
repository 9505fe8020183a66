use super::update;
use crate::registrar::Registrar;

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut impl Registrar) {
    config.service(update::update_user);
}
