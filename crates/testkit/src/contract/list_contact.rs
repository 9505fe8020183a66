//! The cases of changes of e-mail addresses, each with what it proves.

/// The cases so far, with those of this file and then those of all other
/// features, for another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_contact_cases {
    ([$($then:tt)+] [$($cases:tt)*]) => {
        $crate::__storage_resource_cases! { [$($then)+] [$($cases)*
            email_changes [email_changes] {
                a_change_is_stored_whole
                    "A change is stored with every field and its envelope, found whole by user, token and code; the address stays for now."
                a_new_start_replaces_the_change
                    "A new start replaces the change of its user: the earlier token is dead, and tries count anew."
                a_refused_start_leaves_nothing
                    "A start without account, or under a repeated idempotency key, leaves the earlier change and nothing of its own."
                a_change_lives_until_it_expires
                    "A change counts until a microsecond before it expires, for every method."
                cancel_deletes_the_change_once
                    "A change is given up once, at the time that the caller insists on; those of others stay."
                parallel_cancellations_of_one_change_succeed_once
                    "Of parallel cancellations of one change exactly one succeeds."
                a_try_under_a_stored_once_is_not_counted
                    "A repeated idempotency key counts no try; a try commits its envelope."
                parallel_tries_count_one_each
                    "Of parallel tries of a code exactly the allowed number is counted; the link lives on."
                confirm_sets_the_address_and_nothing_else
                    "A confirmation sets address, proof, version and time, keeps the former address, is spent, and shows at once."
                only_the_users_own_live_token_confirms
                    "A replaced, unknown or foreign token, or one that was checked against another address, changes nothing and is not spent."
                a_taken_address_is_refused_in_any_case
                    "An address that another account has by now is refused in any spelling, and the token is not spent."
                parallel_confirmations_of_one_token_succeed_once
                    "Of parallel confirmations by one token exactly one succeeds."
                of_users_who_race_for_one_address_one_wins
                    "Of users who confirm changes to one address at once, exactly one gets it."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of changes of e-mail addresses answers `Unavailable`: never absence, an empty list or success."
            }
            email_undo [email_changes] {
                undo_restores_the_address_once
                    "An undo token restores the former address as it was spelled, ends the epoch and the pending change, shows at once, and works once."
                only_a_live_undo_token_of_the_user_restores
                    "An unknown, foreign or expired undo token restores nothing."
                an_undo_ends_the_undo_tokens_that_came_after_it
                    "An undo kills the undo tokens of later changes, and leaves those of earlier ones; former addresses are listed newest first."
                an_undo_ends_the_undo_tokens_of_its_instant
                    "An undo kills undo tokens that expire at the same time."
                an_undo_leaves_what_others_may_restore
                    "An undo leaves undo tokens and pending changes of other users."
                an_address_may_be_spelled_anew
                    "An address may be replaced by another spelling of itself, and restored."
                an_address_that_was_taken_is_not_restored
                    "A former address that another account has by now is refused, and the undo token is not spent."
                parallel_undos_with_one_token_succeed_once
                    "Of parallel undos by one token exactly one succeeds."
            }
            email_tokens [email_changes credentials] {
                confirm_kills_the_tokens_of_the_old_address
                    "A confirmation kills the user's single-use tokens for good, and leaves password and credential version."
                undo_removes_the_password_and_stores_the_reset_token
                    "An undo removes the password, grows the credential version, and stores one reset token in place of all others."
                a_reset_ends_the_pending_change
                    "A reset of the password ends the pending change of its user, and no other's."
                a_reset_leaves_what_restores_an_address
                    "A reset of the password leaves undo tokens."
                a_replacement_leaves_the_pending_change
                    "A replacement of the password leaves the pending change and undo tokens."
            }
            email_proofs [email_changes credentials users] {
                an_undo_kills_keys_of_the_restored_address
                    "An undo kills the user's keys that would prove the restored address, and no other user's."
                a_confirmation_kills_keys_of_the_old_address_for_good
                    "A confirmation kills keys that would prove the old address; they do not come back with it."
            }
            email_sessions [email_changes sessions] {
                confirm_leaves_sessions_and_undo_ends_them
                    "A confirmation leaves sessions and shows in them at once; an undo ends every session of the user."
            }
            email_api_keys [email_changes api_keys] {
                undo_deletes_the_users_keys
                    "An undo deletes the user's API keys, and no other's."
            }
            email_devices [email_changes devices] {
                neither_confirmation_nor_undo_drops_devices
                    "Neither a confirmation nor an undo deletes devices."
            }
            email_identities [email_changes identities] {
                undo_unlinks_the_users_identities
                    "An undo unlinks the user's identities and forgets their tokens, and no other's."
            }
            maintenance_email [maintenance email_changes] {
                purge_deletes_changes_and_former_addresses_that_have_expired
                    "A purge deletes changes and former addresses that ended before its time, not those that end at it."
            }
        ] }
    };
}
