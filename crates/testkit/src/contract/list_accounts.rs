//! The cases of accounts, credentials and sessions, each with what it proves.

/// These cases, and then those of all other features, for another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_cases {
    ([$($then:tt)+] [$($context:tt)*]) => {
        $crate::__storage_identity_cases! { [$($then)+] [$($context)*
            users [users] {
                register_stores_every_field
                    "A registration stores every field of the account with its envelope; it is found whole by id, username and address; no other field is unique."
                register_stores_what_is_absent_as_absent
                    "Absent fields of a new account stay absent."
                register_stores_each_choice
                    "Each customer status and visibility is stored as itself."
                register_stores_extreme_values
                    "The longest values of an account, of four-byte characters, and the first and last times are stored whole."
                accounts_are_looked_up_ignoring_case
                    "Look-ups by username and by address ignore case."
                unknown_accounts_are_none
                    "Unknown ids, usernames and addresses are absence; look-alikes do not match."
                an_account_that_was_looked_for_is_found_once_it_exists
                    "Absence is not remembered: an account is found as soon as it exists."
                register_refuses_a_taken_email_in_any_case
                    "A taken address is refused in any spelling, and the registration leaves nothing."
                register_refuses_a_taken_username_in_any_case
                    "A taken username is refused in any spelling, and the registration leaves nothing."
                register_names_the_email_first
                    "When address and username are both taken, the address is named."
                register_under_a_stored_once_is_refused
                    "A repeated idempotency key makes no account and leaves the first record."
                once_is_looked_at_before_the_command
                    "A repeated registration is told to replay, not that its address is taken."
                parallel_registrations_of_one_email_make_one_account
                    "Of parallel registrations of one address, in many spellings, exactly one succeeds."
                parallel_registrations_of_one_username_make_one_account
                    "Of parallel registrations of one username, in many spellings, exactly one succeeds."
                parallel_registrations_under_one_key_make_one_account
                    "Of parallel registrations under one idempotency key exactly one is carried out."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of accounts answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of accounts and settings shows at once in what the same handle reads, whatever it read before."
            }
            verification [users] {
                verify_email_proves_the_address_once
                    "A live key proves the address, grows the version by one, and is spent."
                addresses_are_proved_in_any_case
                    "The address of a key is compared in canonical form; the spelling of the account stays."
                proof_under_a_stored_once_is_refused
                    "A repeated idempotency key proves nothing, and does not spend the key."
                proof_of_one_address_leaves_the_keys_of_others
                    "Proof of one address leaves the keys and accounts of others."
                an_expired_verification_token_is_refused
                    "A key is dead at the very time at which it expires, and changes nothing."
                a_verification_token_lives_until_it_expires
                    "A key works until a microsecond before it expires."
                an_unknown_verification_token_is_refused
                    "An unknown key proves nothing."
                a_verification_token_of_another_address_is_refused
                    "A key of an address that is no longer the account's proves nothing."
                parallel_verifications_succeed_once
                    "Of parallel calls with one key exactly one gets the account."
            }
            user_changes [users] {
                update_sets_each_field_alone
                    "Each field is set by itself; all others stay; version and time move."
                update_clears_each_field_alone
                    "Each field is cleared, or set back, by itself."
                update_sets_all_fields_at_once
                    "All fields are set, and cleared, by one update."
                update_of_nothing_still_grows_the_version
                    "An update without changes grows the version and sets the time."
                update_commits_its_envelope
                    "An update commits its log, jobs and idempotency record."
                update_at_the_expected_version_succeeds
                    "An update at the stored version is carried out."
                update_at_another_version_changes_nothing
                    "An update at an earlier or a later version is a conflict, and leaves nothing."
                update_under_a_stored_once_is_refused
                    "A repeated idempotency key updates nothing, and is told before the version."
                update_without_account_is_missing
                    "An update of no account is `Missing(user)`, whatever version is expected, and leaves no envelope."
                parallel_updates_of_different_fields_all_survive
                    "Parallel updates of different fields all survive, each with a version of its own."
                parallel_updates_of_one_version_succeed_once
                    "Of parallel updates at one version exactly one succeeds."
                parallel_updates_of_many_are_refused_one_by_one
                    "Of parallel updates of many users those that cannot be are refused, and no others."
                parallel_ends_of_sessions_each_grow_the_epoch
                    "Parallel ends of all sessions each grow the epoch by one."
            }
            avatars [users] {
                avatars_in_use_are_those_that_accounts_name
                    "Of the keys that are asked for, those are answered that an account names now."
                an_avatar_of_two_accounts_is_in_use_once
                    "A key that two accounts name is answered once."
                many_avatars_are_asked_for_at_once
                    "A thousand keys may be asked for at once."
                an_erasure_commits_with_the_change
                    "The erasure of an avatar commits with the change of the account, or not at all."
            }
            user_list [users] {
                accounts_are_listed_newest_first
                    "Accounts are listed newest first, by number and by anchor, with the right count and `has_next`."
                a_filtered_list_has_pages_of_its_own
                    "Count, pages and anchors of a filtered list are those of the filtered rows."
                listed_accounts_have_every_field
                    "Listed accounts have every field."
                an_empty_list_is_an_empty_page
                    "A list without rows is an empty page."
                search_finds_parts_of_names_and_addresses
                    "The search finds parts of username, address, first and last name, ignoring case."
                search_has_no_wildcards
                    "`%`, `_`, `\\` and quotes stand for themselves in a search."
                the_email_filter_wants_the_whole_address
                    "The address filter wants the whole address, in any case, and goes together with a search."
            }
            settings [users] {
                settings_are_merged_key_by_key
                    "Settings are merged as the rule says, stored whole, with the envelope, and of one user."
                settings_that_the_rule_refuses_stay_as_they_were
                    "Settings that the rule refuses stay as they were, and nothing is left of the envelope."
                settings_without_account_are_missing
                    "Settings of no account are absent to read and `Missing(user)` to write."
                parallel_merges_of_different_keys_all_survive
                    "Parallel merges of different keys all survive."
                settings_at_the_expected_state_are_merged
                    "A merge into the expected settings is carried out."
                settings_at_another_state_stay_as_they_were
                    "A merge into other settings than expected is a conflict, and leaves nothing."
                settings_under_a_stored_once_stay_as_they_were
                    "A repeated idempotency key merges nothing."
                parallel_merges_into_one_state_succeed_once
                    "Of parallel merges into one expected state exactly one succeeds."
            }
            credentials [credentials] {
                a_credential_is_found_by_each_name
                    "A credential is found by id, and by username and address in any case, with account and hash."
                unknown_credentials_are_none
                    "Unknown ids, names and addresses are absence; look-alikes do not match."
                replace_password_sets_the_hash_and_counts_it
                    "A replacement sets the hash, grows credential version and epoch by one, and nothing else."
                replace_password_sets_a_first_password
                    "An account without a password gets one."
                replace_password_of_another_state_changes_nothing
                    "A replacement that was checked against another state is a conflict, and leaves nothing."
                replace_password_under_a_stored_once_is_refused
                    "A repeated idempotency key changes nothing about the credential."
                replace_password_without_account_is_missing
                    "A replacement without account is `Missing(user)`, and leaves no envelope."
                parallel_replacements_of_one_state_succeed_once
                    "Of parallel replacements of one state exactly one succeeds, and its hash is stored."
                a_rehash_never_brings_an_old_password_back
                    "Rehashes that run along with a replacement do not undo it, and do not keep it from being carried out."
                rehash_sets_the_hash_and_nothing_else
                    "A rehash sets the hash and no version, epoch or time."
                a_refused_rehash_changes_nothing
                    "A rehash of another state, under a repeated key or of no account changes nothing."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of credentials answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of credentials shows at once in what the same handle reads, whatever it read before."
            }
            single_use_tokens [credentials] {
                an_issued_token_is_stored_with_its_envelope
                    "An issued token is found with its credential; looking does not spend it."
                a_token_is_issued_once
                    "A repeated idempotency key issues no token, and the earlier token stays live."
                a_token_for_no_account_is_missing
                    "A token for no account is `Missing(user)`, and leaves no envelope."
                a_reissued_token_replaces_those_of_its_user_and_kind
                    "A new token kills the earlier ones of its user and kind, and no others."
                parallel_tokens_leave_one
                    "Of tokens that are issued in parallel exactly one is live afterwards."
                only_a_live_reset_token_of_the_user_is_found
                    "Only a reset token of this user, for the present address, before its end is found."
                replace_password_deletes_reset_tokens
                    "A replacement of the password deletes the user's reset tokens, and no other user's."
                a_refused_replacement_keeps_the_reset_token
                    "A refused replacement leaves the reset token."
            }
            password_reset [credentials] {
                a_reset_of_a_proved_address_sets_the_hash_and_the_epoch
                    "A reset sets the hash, grows credential version and epoch by one, and nothing else."
                a_reset_proves_the_address
                    "A reset marks an address as verified that was not, and counts that as a change."
                a_reset_sets_a_first_password
                    "An account without a password gets one by a reset."
                a_reset_token_works_once
                    "A spent token resets nothing, and leaves no envelope."
                only_a_live_reset_token_of_the_user_resets
                    "Another kind, address, user, an unknown or expired token resets nothing and spends nothing."
                a_reset_under_a_stored_once_is_refused
                    "A repeated idempotency key resets nothing, and is told before the state of the token."
                addresses_are_compared_ignoring_case
                    "The address of a token is compared in canonical form."
                a_reset_leaves_the_tokens_of_others
                    "A reset leaves the tokens of other users."
                parallel_resets_with_one_token_succeed_once
                    "Of parallel resets with one token exactly one succeeds, and its hash is stored."
            }
            sessions [sessions] {
                open_stores_every_field
                    "A session is stored with every field, and found whole by id, cookie and refresh token."
                open_stores_what_is_absent_as_absent
                    "A session without cookie, address or user agent stays without; an empty text is not absent; several may have no cookie."
                a_registration_opens_a_live_session
                    "The session of a registration is stored like any other."
                a_session_that_was_looked_for_is_found_once_it_is_open
                    "Absence is not remembered: a session is found as soon as it is open."
                sessions_of_one_user_live_side_by_side
                    "Several sessions of one user, and of several users, are kept apart, also when many are looked up at the same time."
                open_after_the_password_moved_is_refused
                    "A session that was checked against another credential version is a conflict, and leaves nothing."
                open_of_a_suspended_account_is_refused
                    "A session of a suspended account is a conflict, and leaves nothing."
                open_under_another_epoch_is_refused
                    "A session of an earlier or later epoch is a conflict, and leaves nothing."
                open_without_account_is_missing
                    "A session without account is `Missing(user)`, and leaves nothing."
                open_under_a_stored_once_is_refused
                    "A repeated idempotency key opens no session."
                a_session_is_its_own_users_only
                    "A session is not answered to another user; cookie and refresh token do not stand for one another."
                expired_and_idle_sessions_are_still_answered
                    "Expired sessions are answered as they are: the domain says whether they count."
                end_deletes_the_session_and_its_secrets
                    "An ended session is gone with its cookie and its whole refresh chain, and no other is; once."
                end_under_a_stored_once_is_refused
                    "A repeated idempotency key ends no session."
                parallel_ends_of_one_session_succeed_once
                    "Of parallel ends of one session exactly one finds it."
                no_session_but_the_users_own_ends
                    "A session of another user does not end, nor does an unknown one; nothing is left of the envelope."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of sessions answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of sessions shows at once in what the same handle reads, whatever it read before."
            }
            session_lists [sessions] {
                sessions_are_listed_newest_first
                    "A user's own sessions are listed whole, newest first, by number and by anchor."
                sessions_that_are_over_are_not_listed_as_live
                    "Sessions that have expired or idled are listed only with all that are stored."
                end_others_leaves_the_one_that_asked
                    "The end of all others leaves the one session that asked, and other users'; the epoch moves, the version does not; those that were over do not count."
                end_others_without_others_changes_nothing
                    "Without other sessions nothing changes, and nothing is left of the envelope."
                end_others_by_an_ended_session_is_refused
                    "A session that has been ended, or is another user's, ends no others."
                end_others_under_a_stored_once_is_refused
                    "A repeated idempotency key ends none of the others."
                of_parallel_ends_of_all_others_one_session_is_left
                    "Of sessions that end one another at the same time exactly one is left."
            }
            refresh_tokens [sessions] {
                a_rotated_refresh_token_has_a_successor
                    "A rotation marks the old token superseded at its time, stores the new one, and counts as use."
                a_rotation_leaves_other_sessions
                    "A rotation touches no other session."
                a_rotation_does_not_turn_the_last_use_back
                    "A rotation never turns the last use back."
                only_the_newest_refresh_token_rotates
                    "A superseded or unknown token, or one of another session, does not rotate and leaves nothing."
                rotation_under_a_stored_once_is_refused
                    "A repeated idempotency key rotates nothing."
                parallel_rotations_of_one_token_succeed_once
                    "Of parallel rotations of one token exactly one succeeds, and only its successor is stored."
                a_parallel_end_leaves_no_successor
                    "A session that ends while it rotates leaves no refresh token."
            }
            session_use [sessions] {
                record_use_sets_the_times_and_nothing_else
                    "Uses set the times of their sessions and accounts, and no version."
                record_use_never_goes_back
                    "An earlier use changes neither session nor account."
                record_use_ignores_unknown_sessions
                    "Unknown sessions, and those of another user, are ignored; the others of the call count."
            }
            user_credentials [users credentials] {
                an_account_may_start_with_a_token_that_sets_its_password
                    "An account without a password is stored with a reset token, under an idempotency record of its own; the token sets the password and proves the address."
                register_stores_the_credential
                    "A registration stores the password hash, at credential version 1."
                register_stores_an_absent_password_as_absent
                    "An account without a password has a credential without a hash."
                a_credential_that_was_looked_for_is_found_once_it_exists
                    "Absence is not remembered: a credential is found as soon as its account exists."
                a_refused_registration_leaves_no_credential
                    "A refused registration leaves no credential and changes none."
                an_update_shows_in_the_credential_alone
                    "A change of the account shows in its credential, and moves neither hash nor credential version."
                a_reset_token_verifies_nothing
                    "A reset token proves no address, and is not spent by that."
                a_reissued_verification_token_replaces_the_first
                    "A new key of the address kills the earlier one, and no token of another kind or user."
                a_refused_token_replaces_none
                    "A key that was refused kills none."
                an_issued_reset_token_leaves_that_of_the_address
                    "A reset token leaves the key of the address."
                replace_password_leaves_the_token_of_the_address
                    "A replacement of the password leaves the key of the address."
                proof_of_the_address_leaves_the_reset_token
                    "Proof of the address leaves hash, credential version and reset token."
                a_reset_leaves_the_token_of_the_address
                    "A reset of the password leaves the key that proves the address."
            }
            user_sessions [users sessions] {
                sessions_of_an_earlier_epoch_are_not_listed_as_live
                    "Sessions that were ended by the epoch are listed only with all that are stored."
                update_ends_all_sessions_when_it_says_so
                    "An update ends every session of its user by the epoch when it says so, and only then."
                end_others_by_a_session_of_an_earlier_epoch_is_refused
                    "A session of an earlier epoch ends no others: it is `Missing(session)`, and nothing changes."
                a_suspension_ends_sessions_and_stays_ended
                    "A suspension ends sessions; lifting it revives none."
                a_suspended_account_opens_no_session
                    "A session of an account that was suspended meanwhile is a conflict."
                a_session_opens_under_the_new_epoch_only
                    "After sessions were ended, one opens under the new epoch only."
                a_refused_update_ends_no_session
                    "An update that is refused ends no session."
                a_refused_registration_leaves_no_session
                    "A refused registration leaves no session, cookie or refresh token."
                an_update_shows_in_the_session_at_once
                    "A change of the account shows in its session at once, through the same handle."
                proof_of_the_address_shows_in_the_session_at_once
                    "Proof of the address shows in the session at once, and ends none."
                a_parallel_suspension_leaves_no_live_session
                    "Sessions that are opened while the account is suspended do not outlive that."
                own_writes_are_read_at_once
                    "Every change of the account shows in its sessions at once in what the same handle reads, whatever it read before."
            }
            password_sessions [credentials sessions] {
                replace_password_ends_all_sessions_but_the_kept_one
                    "A replacement deletes every session of the user with its secrets, but for the kept one."
                a_kept_session_changes_in_its_epoch_only
                    "The kept session gets the new epoch, and nothing else changes."
                a_kept_session_keeps_its_refresh_chain
                    "The refresh chain of the kept session goes on where it was."
                replace_password_keeps_none_when_told_so
                    "Without a session to keep, none is."
                replace_password_keeps_sessions_of_its_user_only
                    "A session of another user is neither kept nor ended."
                a_session_opens_with_the_new_password_only
                    "After a replacement a session needs both the new credential version and the new epoch."
                a_refused_replacement_ends_no_session
                    "A refused replacement ends no session."
                a_rehash_ends_no_session
                    "A rehash ends no session."
                a_reset_ends_every_session_of_its_user
                    "A reset deletes every session of the user with its secrets, and no other user's."
                a_refused_reset_ends_no_session
                    "A refused reset ends no session."
                a_parallel_replacement_leaves_no_session_of_the_old_password
                    "Sessions that are opened while the password is replaced do not outlive it."
                own_writes_are_read_at_once
                    "Every change of the password shows in the sessions at once in what the same handle reads, whatever it read before."
            }
            epochs [users credentials sessions] {
                replace_password_does_not_revive_an_ended_session
                    "A session that an update ended is not kept by a replacement."
                a_reset_deletes_sessions_that_had_ended
                    "A reset deletes sessions of earlier epochs, too."
            }
        ] }
    };
}
