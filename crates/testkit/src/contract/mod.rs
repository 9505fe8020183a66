//! The storage contract suite: what every adapter of the storage ports must
//! do, as tests that run against any of them.
//!
//! [`storage_contract!`](crate::storage_contract) makes one named test of each
//! case. Each case has a store of its own, and reads back what it wrote
//! through a fresh handle.
//!
//! To add a case, write it in the file of its feature and add its name to the
//! list below; a case that is not listed is dead code, which the lints refuse.

mod addresses;
mod api_keys;
mod credentials;
mod device_tokens;
mod devices;
mod idempotency;
mod inquiries;
mod maintenance;
mod outbox;
mod password_reset;
mod primary_address;
mod sessions;
mod settings;
mod trial;
mod user_changes;
mod user_list;
mod users;

use std::ops::AsyncFnOnce;

use async_trait::async_trait;
use tokio::runtime::Builder;
use vestibule_domain::app::Storage;

use trial::Trial;

/// One empty store under test. Dropped at the end of its case.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The handle that a case works with.
    async fn storage(&self) -> Storage;

    /// Another handle onto the same data, which has read nothing yet: with
    /// caches of its own, if any.
    async fn fresh(&self) -> Storage;
}

/// Makes a module of tests, one for each case of the storage contract.
///
/// `$open` is an async function, or an async closure, without arguments that
/// makes a [`Harness`](crate::contract::Harness) with an empty store of its
/// own. It is called once for each case, on a multi-threaded tokio runtime.
/// The documentation of the crate has an example.
#[macro_export]
macro_rules! storage_contract {
    ($name:ident, $open:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $crate::__storage_cases! { [$crate::__storage_tests] [$open] }
        }
    };
}

/// The tests of [`storage_contract!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_tests {
    ([$open:expr] $($feature:ident { $($case:ident)+ })+) => {
        $(mod $feature {
            #[allow(unused_imports)]
            use super::*;
            $(#[test]
            fn $case() {
                $crate::contract::cases::$feature::$case($open);
            })+
        })+
    };
}

/// Every case, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_cases {
    ([$($then:tt)+] $($context:tt)*) => {
        $($then)+! { $($context)*
            users {
                register_stores_every_field
                register_stores_what_is_absent_as_absent
                register_opens_a_live_session
                accounts_are_looked_up_ignoring_case
                unknown_accounts_are_none
                an_account_that_was_looked_for_is_found_once_it_exists
                register_refuses_a_taken_email_in_any_case
                register_refuses_a_taken_username_in_any_case
                register_names_the_email_first
                register_under_a_stored_once_is_refused
                once_is_looked_at_before_the_command
                parallel_registrations_of_one_email_make_one_account
                verify_email_proves_the_address_once
                an_expired_verification_token_is_refused
                a_verification_token_lives_until_it_expires
                an_unknown_verification_token_is_refused
                a_reset_token_verifies_nothing
                a_verification_token_of_another_address_is_refused
                a_reissued_verification_token_replaces_the_first
                parallel_verifications_succeed_once
            }
            user_changes {
                update_sets_each_field_alone
                update_clears_each_field_alone
                update_of_nothing_still_grows_the_version
                update_commits_its_envelope
                update_at_the_expected_version_succeeds
                update_at_another_version_changes_nothing
                update_without_account_is_missing
                update_ends_all_sessions_when_it_says_so
                a_suspension_ends_sessions_and_stays_ended
                parallel_updates_of_different_fields_all_survive
                parallel_updates_of_one_version_succeed_once
                an_update_shows_in_the_session_at_once
            }
            user_list {
                accounts_are_listed_newest_first
                a_filtered_list_has_pages_of_its_own
                listed_accounts_have_every_field
                an_empty_list_is_an_empty_page
                search_finds_parts_of_names_and_addresses
                search_has_no_wildcards
                the_email_filter_wants_the_whole_address
            }
            settings {
                settings_are_merged_key_by_key
                settings_that_the_rule_refuses_stay_as_they_were
                settings_without_account_are_missing
                parallel_merges_of_different_keys_all_survive
                settings_at_the_expected_state_are_merged
                settings_at_another_state_stay_as_they_were
            }
            credentials {
                a_credential_is_found_by_each_name
                unknown_credentials_are_none
                replace_password_sets_the_hash_and_counts_it
                replace_password_sets_a_first_password
                replace_password_ends_all_sessions_but_the_kept_one
                a_kept_session_changes_in_its_epoch_only
                replace_password_keeps_none_when_told_so
                replace_password_does_not_revive_an_ended_session
                replace_password_keeps_sessions_of_its_user_only
                replace_password_deletes_reset_tokens
                replace_password_of_another_state_changes_nothing
                replace_password_without_account_is_missing
                parallel_replacements_of_one_state_succeed_once
                an_issued_token_is_stored_with_its_envelope
                a_token_is_issued_once
                a_token_for_no_account_is_missing
                a_reissued_token_replaces_those_of_its_user_and_kind
                only_a_live_reset_token_of_the_user_is_found
                rehash_sets_the_hash_and_nothing_else
                rehash_of_another_state_changes_nothing
            }
            password_reset {
                reset_password_sets_the_hash_and_ends_every_session
                a_reset_token_works_once
                only_a_live_reset_token_of_the_user_resets
                a_first_proof_of_the_address_drops_keys_and_devices
                a_reset_of_a_proved_address_leaves_keys_and_devices
                parallel_resets_with_one_token_succeed_once
            }
            sessions {
                open_stores_every_field
                open_stores_what_is_absent_as_absent
                open_after_the_password_moved_is_refused
                open_of_a_suspended_account_is_refused
                open_under_another_epoch_is_refused
                open_without_account_is_missing
                a_session_is_its_own_users_only
                expired_and_idle_sessions_are_still_answered
                a_rotated_refresh_token_has_a_successor
                only_the_newest_refresh_token_rotates
                parallel_rotations_of_one_token_succeed_once
                end_deletes_the_session_and_its_secrets
                another_users_session_does_not_end
                record_use_sets_the_times_and_nothing_else
                record_use_never_goes_back
                record_use_ignores_unknown_sessions
            }
            addresses {
                add_stores_every_field
                add_stores_what_is_absent_as_absent
                a_later_address_is_primary_only_if_it_wants
                add_beyond_the_quota_is_refused
                add_without_account_is_missing
                add_under_a_stored_once_is_refused
                addresses_are_listed_newest_first
                an_address_is_its_own_users_only
                change_sets_and_clears_each_field_alone
                a_refused_change_leaves_the_address
                a_refused_removal_leaves_the_address
                removal_of_another_address_touches_no_other
            }
            primary_address {
                change_moves_the_primary_address
                the_primary_address_is_not_unmade_by_itself
                removal_of_the_primary_address_promotes_the_oldest
                the_account_knows_whether_it_has_a_primary_address
                parallel_adds_fill_the_quota_with_one_primary
                parallel_changes_leave_one_primary
            }
            devices {
                register_stores_every_field
                register_stores_an_absent_name_and_each_platform
                a_token_registered_again_keeps_its_device
                a_token_of_another_user_moves
                register_beyond_the_quota_is_refused
                register_without_account_is_missing
                register_under_a_stored_once_is_refused
                parallel_registrations_fill_the_quota_exactly
                parallel_registrations_of_one_token_make_one_device
                parallel_moves_of_one_token_leave_one_device
                devices_are_listed_newest_first
                a_device_is_its_own_users_only
                deactivate_stops_one_device
                deactivate_of_no_own_device_is_none
                delete_forgets_the_device_and_frees_its_token
                a_refused_deletion_leaves_the_device
            }
            device_tokens {
                refresh_confirms_and_activates_the_device
                refresh_replaces_the_token
                refresh_with_its_own_token_keeps_the_device
                refresh_takes_a_token_from_any_other_device
                refresh_of_no_own_device_is_refused
                parallel_refreshes_to_one_token_leave_one_device
            }
            inquiries {
                open_stores_every_field
                an_unknown_inquiry_is_none
                open_without_account_is_missing
                open_under_a_stored_once_is_refused
                only_open_inquiries_count_against_the_quota
                parallel_inquiries_fill_the_quota_exactly
                own_inquiries_are_listed_newest_first
                all_inquiries_are_listed_newest_first
                inquiries_of_one_status_have_pages_of_their_own
                listed_threads_come_without_replies
                set_status_changes_one_inquiry
                a_refused_status_leaves_the_inquiry
                replies_are_kept_oldest_first
                a_reply_to_no_inquiry_is_none
                a_reply_under_a_stored_once_is_refused
                parallel_replies_are_all_kept
            }
            api_keys {
                create_stores_every_field
                create_stores_what_is_absent_as_absent
                create_stores_each_scope
                an_unknown_key_is_none_until_it_is_made
                an_expired_key_is_still_answered
                create_for_no_account_is_missing
            }
            idempotency {
                record_stores_the_envelope
                a_record_is_found_by_its_key
                a_record_is_kept_for_a_day
                a_repeated_key_stores_nothing_of_its_envelope
                parallel_records_of_one_key_store_one
            }
            outbox {
                a_claimed_job_has_every_field
                jobs_are_claimed_oldest_first_up_to_the_limit
                a_job_is_due_from_the_time_of_its_write
                a_claim_holds_until_it_runs_out
                completed_jobs_are_gone
                a_failed_job_is_due_again_and_counts_its_attempts
                released_jobs_are_due_at_once
                parallel_claims_share_the_jobs
            }
            maintenance {
                purge_deletes_what_has_expired_and_nothing_else
                purge_stops_at_the_limit
            }
        }
    };
}

macro_rules! entry_points {
    ($($feature:ident { $($case:ident)+ })+) => {
        /// What the tests call: each case, with an adapter to run it against.
        #[doc(hidden)]
        pub mod cases {
            $(pub mod $feature {
                $(pub fn $case<H: $crate::contract::Harness + 'static>(
                    open: impl AsyncFnOnce() -> H,
                ) {
                    $crate::contract::run(open, $crate::contract::$feature::$case);
                })+
            })+
        }
    };
}
__storage_cases! { [entry_points] }

fn run<H: Harness + 'static>(open: impl AsyncFnOnce() -> H, case: impl AsyncFnOnce(Trial)) {
    // More threads than this machine may have, so that parallel calls really
    // meet, and the blocking work of one does not hold up the next.
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a tokio runtime");
    runtime.block_on(async {
        let harness = open().await;
        case(Trial::new(Box::new(harness)).await).await;
    });
}
