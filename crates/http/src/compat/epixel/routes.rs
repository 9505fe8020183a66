use super::{checksum_token, get_profile, local_info, profile_image, update_profile};
use crate::registrar::Registrar;

/// Registers the routes of the dialect.
pub(crate) fn register(config: &mut impl Registrar) {
    config
        .service(get_profile::get_profile)
        .service(update_profile::update_profile)
        .service(checksum_token::get_checksum_token)
        .service(profile_image::upload_image)
        .service(profile_image::upload_image_of_samples)
        .service(local_info::get_local_info);
}
