use super::{
    activity, addresses, admin, api_keys, auth, avatars, companies, contact, devices, identities,
    invitations, local_info, members, messages, organizations, personal_data, service, sessions,
    support, user,
};
use crate::registrar::Registrar;

/// Registers the routes that are asked for most. Resources are tried one after
/// another, so these come before all others.
pub(crate) fn register_hottest(config: &mut impl Registrar) {
    config
        .service(user::get_me::get_me)
        .service(user::patch_me::patch_me);
}

/// Registers every other route of the native API; nothing else registers
/// routes, so the `OpenAPI` document is complete. A scope takes all that lies
/// below it: whoever shares a path with one is registered before.
#[expect(clippy::too_many_lines, reason = "one list, a line a route")]
pub(crate) fn register(config: &mut impl Registrar) {
    config.service(messages::list_of::list_messages_of);
    config.scope("/api/v1/user", |routes| {
        routes
            .service(user::password::password)
            .service(user::listing_eligibility::listing_eligibility)
            .service(user::get_settings::get_settings)
            .service(user::patch_settings::patch_settings)
            .service(activity::list_activity)
            .service(personal_data::export::export_me)
            .service(personal_data::delete::delete_me)
            .service(avatars::upload::upload_avatar)
            .service(avatars::from_url::avatar_from_url)
            .service(avatars::delete::delete_avatar)
            .service(addresses::list::list_addresses)
            .service(addresses::create::create_address)
            .service(addresses::get::get_address)
            .service(addresses::patch::update_address)
            .service(addresses::delete::delete_address)
            .service(identities::list::list_identities)
            .service(identities::link::link_identity)
            .service(identities::verify::verify_identity)
            .service(identities::get::get_identity)
            .service(identities::delete::unlink_identity)
            .service(sessions::list::list_sessions)
            .service(sessions::revoke_others::revoke_other_sessions)
            .service(sessions::delete::revoke_session)
            .service(contact::start::start_email_change)
            .service(contact::get::get_email_change)
            .service(contact::cancel::cancel_email_change)
            .service(contact::confirm::confirm_email_change)
            .service(contact::undo::undo_email_change)
            .service(contact::phone::set_phone_number)
            .service(contact::phone::delete_phone_number)
            .service(organizations::put_default::set_default_organization);
    });
    config.scope("/api/auth", |routes| {
        routes
            .service(auth::login::login)
            .service(auth::token_refresh::token_refresh)
            .service(auth::token_verify::token_verify)
            .service(auth::logout::logout)
            .service(auth::registration::registration)
            .service(auth::verify_email::verify_email)
            .service(auth::resend_email::resend_email)
            .service(auth::password_change::password_change)
            .service(auth::password_reset_confirm::password_reset_confirm)
            .service(auth::password_reset::password_reset)
            .service(auth::user::get_user_details)
            .service(auth::user::replace_user_details)
            .service(auth::user::update_user_details)
            .service(identities::start::start_sign_in)
            .service(identities::callback::identity_callback)
            .service(identities::exchange::exchange_code);
    });
    config.scope("/api/v1/device-tokens", |routes| {
        routes
            .service(devices::register::register_device)
            .service(devices::list::list_devices)
            .service(devices::refresh::refresh_device)
            .service(devices::deactivate::deactivate_device)
            .service(devices::delete::delete_device);
    });
    config.scope("/api/v1/messages", |routes| {
        routes
            .service(messages::create::post_message)
            .service(messages::list::list_messages)
            .service(messages::delete::delete_message);
    });
    config.scope("/api/v1/organizations", |routes| {
        routes
            .service(organizations::list::list_organizations)
            .service(organizations::create::create_organization)
            .service(invitations::accept::accept_invitation)
            .service(organizations::get::get_organization)
            .service(organizations::patch::update_organization)
            .service(organizations::delete::delete_organization)
            .service(organizations::transfer::transfer_organization)
            .service(members::list::list_members)
            .service(members::patch::update_member)
            .service(members::delete::remove_member)
            .service(invitations::list::list_invitations)
            .service(invitations::create::create_invitation)
            .service(invitations::delete::revoke_invitation);
    });
    config.scope("/api/v1/companies", |routes| {
        routes
            .service(companies::list::list_companies)
            .service(companies::get::get_company)
            .service(companies::patch::update_company);
    });
    config.scope("/api/v1/support", |routes| {
        routes
            .service(support::submit::submit_inquiry)
            .service(support::list::list_inquiries)
            .service(support::get::get_inquiry);
    });
    config.scope("/api/v1/api-keys", |routes| {
        routes
            .service(api_keys::list::list_api_keys)
            .service(api_keys::create::create_api_key)
            .service(api_keys::get::get_api_key)
            .service(api_keys::delete::delete_api_key)
            .service(api_keys::rotate::rotate_api_key);
    });
    config.scope("/api/v1/api-usage", |routes| {
        routes.service(api_keys::usage::get_api_usage);
    });
    config
        .service(service::introspect::introspect)
        .service(service::users::look_up_users);
    config.scope("/media/avatars", |routes| {
        routes.service(avatars::media::get_avatar);
    });
    config.service(avatars::of_user::get_user_avatar);
    config.scope("/api/v1/local-info", |routes| {
        routes.service(local_info::get_local_info);
    });
    config.scope("/api/v1/admin", |routes| {
        routes
            .service(admin::users::list::list_users)
            .service(admin::users::get::get_user)
            .service(admin::users::patch::update_user)
            .service(admin::users::put_subscription::set_subscription)
            .service(admin::users::suspend::suspend_user)
            .service(admin::users::unsuspend::unsuspend_user)
            .service(admin::users::put_features::set_features)
            .service(admin::companies::patch::administer_company)
            .service(admin::inquiries::list::list_all_inquiries)
            .service(admin::inquiries::get::get_any_inquiry)
            .service(admin::inquiries::patch::update_inquiry)
            .service(admin::inquiries::reply::reply_to_inquiry);
    });
}
