//! The cases of linked identities, each with what it proves.

/// The cases so far, with those of this file, and then those of the other
/// features, for another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_identity_cases {
    ([$($then:tt)+] [$($cases:tt)*]) => {
        $crate::__storage_contact_cases! { [$($then)+] [$($cases)*
            identities [identities] {
                identities_are_listed_newest_first
                    "A user's own identities are listed newest first, by number and by anchor."
                an_identity_is_its_own_users_only
                    "An identity and its tokens are not answered to another user."
                a_confirmed_check_replaces_username_and_tokens
                    "A confirmed check makes one identity active with the new username and tokens, at its time, and grows its version by one."
                a_refused_check_breaks_the_identity
                    "A refused check makes one identity broken, keeps its tokens and times, and grows its version by one."
                a_check_that_was_overtaken_is_refused
                    "A refusal of an earlier version of an identity is `Conflict`, and changes nothing."
                a_check_of_no_own_identity_changes_nothing
                    "A check of no own identity is absence; under a repeated key it is refused."
                unlink_forgets_the_identity
                    "An unlinked identity is gone with its tokens, once, and its account is free; others stay."
                a_refused_unlinking_leaves_the_identity
                    "An unlinking of no own identity, at another version or under a repeated key leaves everything as it was."
                the_last_way_to_log_in_stays
                    "Without a password the last identity that signs in is not unlinked; broken ones and those of other providers do not count."
                parallel_unlinkings_leave_one_way_to_log_in
                    "Of parallel unlinkings of all identities of an account without a password exactly one is refused."
                a_registration_at_an_instance_is_kept_once
                    "The first registration at an instance is kept, whole; later ones answer it, those at other instances do not."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of identities answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of identities shows at once in what the same handle reads, whatever it read before."
            }
            identity_links [identities] {
                link_stores_every_field
                    "An identity is stored with every field, its tokens and its envelope."
                link_stores_what_is_absent_as_absent
                    "Absent instance, username, refresh token and end of a token stay absent."
                link_stores_the_longest_values
                    "The longest id and username of an account, of four-byte characters, and long tokens are stored whole."
                accounts_are_told_apart_by_every_part
                    "Accounts that differ in provider, instance or the case of their id are different accounts."
                an_account_linked_again_keeps_its_identity
                    "An account that its user has linked already keeps its identity, which is confirmed and active again."
                an_account_of_another_user_is_taken
                    "An account that another user has linked is refused, and nothing changes."
                link_beyond_the_quota_is_refused
                    "An identity beyond the quota is refused; other users' identities do not count."
                link_without_account_is_missing
                    "An identity without account is `Missing(user)`, and leaves nothing."
                link_under_a_stored_once_is_refused
                    "A repeated idempotency key links nothing, and is told before the rule."
                parallel_links_of_one_account_make_one_identity
                    "Parallel links of one account by several users make one identity; all others are told that it is taken."
            }
            identity_flows [identities] {
                a_flow_is_taken_whole_and_once
                    "A flow is taken with every field, once."
                a_flow_is_taken_by_its_own_browser_and_provider_only
                    "A flow is not taken by another state, browser or provider, and stays."
                a_flow_ends_at_its_time
                    "A flow is taken until a microsecond before its end, not at it."
                a_flow_to_nobody_is_missing
                    "A flow that links to no account is `Missing(user)`, and leaves nothing."
                a_flow_under_a_stored_once_is_neither_begun_nor_taken
                    "A repeated idempotency key begins no flow and takes none."
                parallel_calls_with_one_state_get_one_flow
                    "Of fifty parallel calls with one state exactly one gets the flow."
            }
            identity_codes [identities] {
                a_code_signs_in_whoever_the_account_belongs_to
                    "A code is stored with its envelope, answers its user, once, and confirms the identity."
                a_code_of_no_identity_is_not_stored
                    "No code is stored for an account that is linked to nobody."
                a_code_ends_at_its_time
                    "A code counts until a microsecond before its end, not at it."
                a_code_dies_with_its_identity
                    "A code dies with its identity."
                a_code_under_a_stored_once_is_neither_put_nor_taken
                    "A repeated idempotency key puts no code and takes none."
                parallel_exchanges_of_one_code_succeed_once
                    "Of parallel exchanges of one code exactly one gets its user."
            }
            identity_races [identities] {
                parallel_registrations_at_an_instance_keep_one
                    "Of parallel registrations at one instance one is kept, and all are answered that one."
                a_registration_under_a_stored_once_is_not_kept
                    "A repeated idempotency key keeps no registration."
                a_confirmation_is_not_broken_by_an_earlier_refusal
                    "Of a confirmation and a refusal at once the confirmation stands, with its tokens, and each that was carried out is counted."
                parallel_sign_ins_each_count_as_a_check
                    "Parallel sign-ins each grow the version of the identity by one."
            }
            reset_identities [credentials identities] {
                a_first_proof_of_the_address_drops_identities
                    "A reset that first proves the address deletes the user's identities, and no other user's."
                a_reset_of_a_proved_address_leaves_identities
                    "A reset of an address that was proved before leaves identities."
                a_replacement_of_the_password_leaves_identities
                    "A replacement of the password leaves identities."
            }
            maintenance_identities [maintenance identities] {
                purge_deletes_flows_and_codes_that_have_expired
                    "A purge deletes flows and codes that ended before its time, not those that end at it."
            }
        ] }
    };
}
