//! The tables, as `migrations/` makes them.

diesel::table! {
    users (id) {
        id -> Text,
        username -> Text,
        username_canonical -> Text,
        email -> Text,
        email_canonical -> Text,
        email_verified -> Bool,
        password_hash -> Nullable<Text>,
        credential_version -> BigInt,
        auth_epoch -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_seen_at -> Nullable<BigInt>,
        suspended_at -> Nullable<BigInt>,
        is_admin -> Bool,
        can_manage_api_environment -> Bool,
        customer_status -> Text,
        other_id -> Nullable<Text>,
        first_name -> Text,
        last_name -> Text,
        phone_number -> Nullable<Text>,
        default_visibility -> Text,
        preferred_name -> Nullable<Text>,
        legal_name -> Nullable<Text>,
        job_title -> Nullable<Text>,
        items_per_page -> Integer,
        channel_notifications_enabled -> Bool,
        timezone -> Text,
        measurement_system -> Text,
        date_format -> Text,
        currency_display -> Text,
        preferred_notification_channels -> Text,
        theme -> Nullable<Text>,
        viewing_preference -> Nullable<Text>,
        max_message_length -> Integer,
        country -> Nullable<Text>,
        language -> Text,
        bio -> Nullable<Text>,
        features -> Text,
        settings -> Text,
        avatar -> Nullable<Text>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        auth_epoch -> BigInt,
        authenticated_at -> BigInt,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        cookie_digest -> Nullable<Binary>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (digest) {
        digest -> Binary,
        session_id -> Text,
        superseded_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    single_use_tokens (digest) {
        digest -> Binary,
        user_id -> Text,
        kind -> Text,
        email_canonical -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    email_changes (user_id) {
        user_id -> Text,
        new_email -> Text,
        token_digest -> Binary,
        code_mac -> Binary,
        tries -> Integer,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    former_emails (digest) {
        digest -> Binary,
        user_id -> Text,
        email -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    addresses (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        line1 -> Text,
        line2 -> Nullable<Text>,
        city -> Text,
        region -> Nullable<Text>,
        postal_code -> Nullable<Text>,
        country -> Text,
        is_primary -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    devices (id) {
        id -> Text,
        user_id -> Text,
        token_digest -> Binary,
        token -> Text,
        platform -> Text,
        name -> Nullable<Text>,
        is_active -> Bool,
        created_at -> BigInt,
        last_refreshed_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    inquiries (id) {
        id -> Text,
        user_id -> Text,
        status -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        subject -> Text,
        message -> Text,
    }
}

diesel::table! {
    inquiry_replies (id) {
        id -> Text,
        inquiry_id -> Text,
        created_at -> BigInt,
        message -> Text,
    }
}

diesel::table! {
    companies (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        max_documents -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    organizations (id) {
        number -> BigInt,
        id -> Text,
        company_id -> Text,
        slug -> Text,
        is_deleted -> Bool,
        member_count -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        display_name -> Text,
    }
}

diesel::table! {
    organization_members (id) {
        id -> Text,
        organization_id -> Text,
        user_id -> Text,
        role -> Text,
        joined_at -> BigInt,
        default_order -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        organization_id -> Text,
        user_id -> Text,
        accepted_by -> Nullable<Text>,
        email -> Text,
        email_canonical -> Text,
        role -> Text,
        status -> Text,
        token_digest -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        user_id -> Nullable<Text>,
        digest -> Binary,
        name -> Text,
        prefix -> Text,
        scopes -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    api_usage (api_key, day) {
        api_key -> Text,
        day -> Integer,
        user_id -> Nullable<Text>,
        requests -> BigInt,
        errors -> BigInt,
    }
}

diesel::table! {
    activity (id) {
        id -> Text,
        user_id -> Text,
        event -> Text,
        created_at -> BigInt,
        session -> Nullable<Text>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        details -> Text,
    }
}

diesel::table! {
    messages (id) {
        id -> Text,
        user_id -> Text,
        visibility -> Text,
        created_at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    erasures (user_id) {
        user_id -> Text,
        began_at -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        user_id -> Nullable<Text>,
        due_at -> BigInt,
        attempts -> Integer,
        payload -> Binary,
    }
}

diesel::table! {
    once (key_digest) {
        key_digest -> Binary,
        user_id -> Nullable<Text>,
        fingerprint -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        answer -> Binary,
    }
}

diesel::table! {
    throttle_buckets (key_digest) {
        key_digest -> Binary,
        attempts -> BigInt,
        expires_at -> BigInt,
        times -> Binary,
    }
}

diesel::table! {
    identities (id) {
        id -> Text,
        user_id -> Text,
        provider -> Text,
        instance -> Text,
        provider_user_id -> Text,
        provider_username -> Nullable<Text>,
        status -> Text,
        created_at -> BigInt,
        verified_at -> BigInt,
        version -> BigInt,
        tokens -> Binary,
    }
}

diesel::table! {
    identity_flows (state_digest) {
        state_digest -> Binary,
        browser_digest -> Binary,
        user_id -> Nullable<Text>,
        session -> Nullable<Text>,
        provider -> Text,
        instance -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    identity_codes (digest) {
        digest -> Binary,
        identity_id -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    instance_clients (provider, instance) {
        provider -> Text,
        instance -> Text,
        client_id -> Text,
        created_at -> BigInt,
        client_secret -> Binary,
    }
}

diesel::table! {
    server_keys (key_id) {
        key_id -> Text,
        fingerprint -> Binary,
        created_at -> BigInt,
        required_from -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(single_use_tokens -> users (user_id));
diesel::joinable!(inquiries -> users (user_id));
diesel::joinable!(identity_codes -> identities (identity_id));
diesel::joinable!(companies -> users (user_id));
diesel::joinable!(organizations -> companies (company_id));
diesel::joinable!(organization_members -> organizations (organization_id));
diesel::joinable!(organization_members -> users (user_id));
diesel::joinable!(invitations -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    users,
    sessions,
    refresh_tokens,
    single_use_tokens,
    addresses,
    inquiries,
    companies,
    organizations,
    organization_members,
    invitations,
);

diesel::allow_tables_to_appear_in_same_query!(identities, identity_codes);
