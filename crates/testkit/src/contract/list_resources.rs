//! The cases of what accounts have, and of what commits with commands, each
//! with what it proves.

/// The cases so far, with those of this file and then those of the other
/// features, for another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_resource_cases {
    ([$($then:tt)+] [$($cases:tt)*]) => {
        $crate::__storage_erasure_cases! { [$($then)+] [$($cases)*
            addresses [addresses] {
                add_stores_every_field
                    "An address is stored with every field and its envelope; the first is the primary one."
                add_stores_what_is_absent_as_absent
                    "Absent fields of an address stay absent."
                add_stores_the_longest_values
                    "The longest values, of four-byte characters, are stored whole."
                a_later_address_is_primary_only_if_it_wants
                    "A later address is primary only if it wants; then the other ceases to be, with a version of its own."
                add_beyond_the_quota_is_refused
                    "An address beyond the quota is refused; other users' addresses do not count."
                add_without_account_is_missing
                    "An address without account is `Missing(user)`, and leaves nothing."
                add_under_a_stored_once_is_refused
                    "A repeated idempotency key adds no address and unmakes no primary one, and is told before the rule."
                addresses_are_listed_newest_first
                    "A user's own addresses are listed newest first, by number and by anchor."
                an_address_is_its_own_users_only
                    "An address is not answered to another user."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of addresses answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of addresses shows at once in what the same handle reads, whatever it read before."
            }
            address_changes [addresses] {
                change_sets_and_clears_each_field_alone
                    "Each field of an address is set and cleared by itself; version and time move."
                change_sets_all_fields_at_once
                    "All fields of an address are set by one change."
                change_of_nothing_still_grows_the_version
                    "A change of nothing grows the version and sets the time."
                a_refused_change_leaves_the_addresses
                    "A change of no own address, at another version or under a repeated key leaves every address as it was."
                a_refused_removal_leaves_the_addresses
                    "A removal of no own address, at another version or under a repeated key leaves every address as it was."
                removal_of_another_address_touches_no_other
                    "A removal takes one address, and changes no other."
                parallel_changes_of_one_version_succeed_once
                    "Of parallel changes at one version exactly one succeeds."
            }
            primary_address [addresses] {
                change_moves_the_primary_address
                    "Making one address primary unmakes the other in the same command."
                the_primary_address_is_not_unmade_by_itself
                    "The primary address does not cease to be one without a successor, and nothing changes."
                removal_of_the_primary_address_promotes_the_oldest
                    "Removing the primary address promotes the oldest that is left."
                the_account_knows_whether_it_has_a_primary_address
                    "The account shows at once whether it has a primary address, and its version does not move."
                parallel_adds_fill_the_quota_with_one_primary
                    "Parallel additions fill the quota exactly, with one primary address."
                parallel_changes_leave_one_primary
                    "Parallel changes leave exactly one primary address."
                parallel_removals_leave_one_primary
                    "Parallel removals are all carried out, and leave exactly one primary address."
            }
            devices [devices] {
                devices_are_listed_newest_first
                    "A user's own devices are listed newest first, by number and by anchor."
                a_device_is_its_own_users_only
                    "A device is not answered to another user."
                deactivate_stops_one_device
                    "Deactivation makes one device inactive, grows its version by one, and nothing else."
                a_refused_deactivation_leaves_the_device
                    "Deactivation of no own device, at another version or under a repeated key leaves everything as it was."
                delete_forgets_the_device_and_frees_its_token
                    "A deleted device is gone, once, and its token is free; others stay."
                a_refused_deletion_leaves_the_device
                    "A deletion of no own device, at another version or under a repeated key leaves everything as it was."
                parallel_deletions_of_one_device_succeed_once
                    "Of parallel deletions of one device exactly one finds it."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of devices answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of devices shows at once in what the same handle reads, whatever it read before."
            }
            device_registration [devices] {
                register_stores_every_field
                    "A device is stored with every field and its envelope."
                register_stores_the_longest_values
                    "The longest token and name, of four-byte characters, are stored whole."
                tokens_are_compared_by_case
                    "Tokens that differ in case are different tokens."
                register_stores_an_absent_name_and_each_platform
                    "An absent name stays absent; each platform is stored as itself."
                a_token_registered_again_keeps_its_device
                    "A token that its user has already keeps its device, which is confirmed and active again."
                a_token_of_another_user_moves
                    "A token of another user moves: the other device is deleted, no other."
                register_beyond_the_quota_is_refused
                    "A device beyond the quota is refused, and moves no token."
                register_without_account_is_missing
                    "A device without account is `Missing(user)`, and moves no token."
                register_under_a_stored_once_is_refused
                    "A repeated idempotency key registers, confirms and moves no device, and is told before the rule."
                parallel_registrations_fill_the_quota_exactly
                    "Parallel registrations fill the quota exactly."
                parallel_registrations_of_one_token_make_one_device
                    "Parallel registrations of one token make one device."
                parallel_moves_of_one_token_leave_one_device
                    "Parallel moves of one token leave it with one user."
                parallel_registrations_under_one_key_make_one_device
                    "Of parallel commands under one idempotency key exactly one is carried out."
            }
            device_tokens [devices] {
                refresh_confirms_and_activates_the_device
                    "A refresh makes the device active and confirmed at its time, and grows its version by one."
                refresh_replaces_the_token
                    "A refresh with a new token replaces the token; the old one is free."
                refresh_with_its_own_token_keeps_the_device
                    "A refresh with the device's own token keeps the device."
                refresh_takes_a_token_from_any_other_device
                    "A refresh takes its token from whatever device has it, and that device goes."
                a_refused_refresh_takes_no_token
                    "A refresh of no own device or under a repeated key is refused, and takes no token."
                parallel_refreshes_to_one_token_leave_one_device
                    "Parallel refreshes to one token leave one device with it."
            }
            inquiries [inquiries] {
                open_stores_every_field
                    "An inquiry is stored with every field, its inquirer and its envelope."
                open_stores_the_longest_values
                    "The longest subject and message, of four-byte characters, are stored whole."
                an_unknown_inquiry_is_none
                    "An unknown inquiry is absence."
                open_without_account_is_missing
                    "An inquiry without account is `Missing(user)`, and leaves nothing."
                open_under_a_stored_once_is_refused
                    "A repeated idempotency key opens no inquiry, and is told before the rule."
                only_open_inquiries_count_against_the_quota
                    "Only the user's own open inquiries count against the quota."
                a_reopened_inquiry_counts_against_the_quota
                    "An inquiry that was opened again counts against the quota again."
                parallel_inquiries_fill_the_quota_exactly
                    "Parallel inquiries fill the quota exactly."
                own_inquiries_are_listed_newest_first
                    "A user's own inquiries are listed newest first, by number and by anchor."
                all_inquiries_are_listed_newest_first
                    "All inquiries are listed newest first, by number and by anchor."
                inquiries_of_one_status_have_pages_of_their_own
                    "Count, pages and anchors of one status are those of its inquiries."
                listed_inquiries_have_every_field_and_no_replies
                    "Listed inquiries have every field; threads have their inquirer, and no replies."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of inquiries answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of inquiries shows at once in what the same handle reads, whatever it read before."
            }
            inquiry_threads [inquiries] {
                set_status_changes_one_inquiry
                    "Each status is set with time and version, on one inquiry."
                the_same_status_still_grows_the_version
                    "A status that is set again grows the version and sets the time."
                a_refused_status_leaves_the_inquiry
                    "A status at another version or under a repeated key is refused, of no inquiry absence; all leave nothing."
                parallel_statuses_at_one_version_succeed_once
                    "Of parallel statuses at one version exactly one is set."
                replies_are_kept_oldest_first
                    "Replies are kept whole, oldest first, with their inquiry, and answer it."
                a_reply_keeps_the_longest_message
                    "The longest reply, of four-byte characters, is stored whole."
                a_reply_to_no_inquiry_is_none
                    "A reply to no inquiry is absence, and leaves no envelope."
                a_reply_under_a_stored_once_is_refused
                    "A repeated idempotency key adds no reply and sets no status."
                parallel_replies_are_all_kept
                    "Parallel replies are all kept, each with a version of its own."
            }
            api_keys [api_keys] {
                create_stores_every_field
                    "A key is stored with every field and its envelope, and found by its digest."
                create_stores_what_is_absent_as_absent
                    "Absent fields of a key stay absent."
                create_stores_each_scope
                    "Each scope is stored as itself, in order."
                create_under_a_stored_once_is_refused
                    "A repeated idempotency key creates no API key."
                an_unknown_key_is_none_until_it_is_made
                    "Absence is not remembered: a key that another process makes counts at once."
                an_expired_key_is_still_answered
                    "Expired keys are answered as they are: the domain says whether they count."
                create_for_no_account_is_missing
                    "A key for no account is `Missing(user)`, and leaves nothing."
                create_is_refused_by_the_facts_of_the_owner
                    "A key is refused by the rule of what its owner may, and leaves nothing."
                create_beyond_the_quota_is_refused
                    "A key beyond the quota is refused; other keys than the owner's do not count."
                parallel_creations_fill_the_quota_exactly
                    "Parallel creations fill the quota exactly."
                keys_are_listed_newest_first
                    "A user's own keys and all keys are listed newest first, by number and by anchor."
                own_writes_are_read_at_once
                    "Every change of keys shows at once in what the same handle reads, whatever it read before."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of API keys answers `Unavailable`: never absence, an empty list or success."
            }
            api_key_changes [api_keys] {
                rotate_replaces_the_secret
                    "A rotation replaces the secret of one key, and the old one is dead."
                parallel_rotations_leave_one_living_secret
                    "Of parallel rotations each counts, and the secret of one of them is alive afterwards."
                a_refused_rotation_leaves_the_key
                    "A rotation of no own key, without the right or under a repeated key is refused, and leaves nothing."
                remove_forgets_one_key
                    "A removal takes one key; operators remove whatever key."
                parallel_removals_of_one_key_succeed_once
                    "Of parallel removals of one key exactly one succeeds."
                a_refused_removal_leaves_the_key
                    "A removal of no own key, at another version or under a repeated key leaves the key."
                uses_add_up_by_key_and_day
                    "Uses add up by key and day, are answered newest first to the owner alone, and outlive the key."
                last_used_at_grows_and_never_goes_back
                    "`last_used_at` grows, and never goes back; no other field moves."
                parallel_uses_are_all_counted
                    "Parallel uses are all counted."
            }
            idempotency [idempotency] {
                record_stores_the_envelope
                    "An envelope without a command is stored whole."
                a_record_is_found_by_its_key
                    "A record is found by its key with fingerprint and answer, byte for byte."
                a_record_keeps_any_answer
                    "An empty answer and one of 250 kB are stored whole."
                a_record_is_kept_for_a_day
                    "A record counts until a microsecond before 24 hours are over; then it is absent, and its key is free."
                a_command_takes_the_place_of_an_expired_record
                    "A command under a key that has expired is carried out, and its record takes the place of the other."
                a_repeated_key_stores_nothing_of_its_envelope
                    "A repeated key stores neither log nor jobs, and leaves the first record."
                parallel_records_of_one_key_store_one
                    "Of parallel records of one key, new or expired, exactly one is stored."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of idempotency records answers `Unavailable`: never absence, an empty list or success."
            }
            throttling [idempotency] {
                a_window_admits_so_many
                    "A bucket with a window admits as many as its limit, and the next when the first has left it."
                a_bucket_is_asked_without_counting
                    "A bucket that is only asked refuses as one that is counted, and counts nothing."
                waits_double_up_to_the_longest
                    "A bucket with a backoff admits some at once, then one after waits that double, and forgets after a quiet time."
                a_cleared_bucket_admits_as_a_new_one
                    "A cleared bucket admits as one that was never asked."
                a_refused_write_leaves_nothing_and_counts_nowhere
                    "A write that one bucket refuses leaves nothing of its envelope, counts in no other bucket, and clears none."
                the_longest_wait_is_told
                    "A write that several buckets refuse is told the longest wait."
                the_envelope_of_an_admitted_write_commits
                    "What is counted commits with the rest of the envelope."
                a_job_beyond_its_limit_is_left_out
                    "A job that its bucket has no room for is not stored; the rest of its write is."
                a_replay_is_told_before_a_refusal
                    "A repeated idempotency key is told before a bucket is asked, and counts nowhere."
                parallel_writes_are_admitted_up_to_the_limit
                    "Of parallel writes exactly as many are admitted as the limit says."
                parallel_writes_of_crossing_buckets_all_end
                    "Parallel writes that name the same buckets in another order do not wait for each other forever, and all are counted."
                parallel_counts_and_clears_all_end
                    "Parallel counts and clears of one bucket are all carried out."
            }
            throttled_sessions [sessions] {
                a_command_that_changes_nothing_counts_nowhere
                    "A command that changes nothing counts in no bucket."
                a_refused_command_is_not_carried_out
                    "A command that a bucket refuses is not carried out."
            }
            throttled_purge [maintenance] {
                purge_deletes_buckets_that_have_expired
                    "A purge deletes buckets that have expired, up to the limit."
            }
            outbox [outbox] {
                a_claimed_job_has_every_field
                    "A claimed job has every field of each kind of mail."
                jobs_are_claimed_oldest_first_up_to_the_limit
                    "Jobs are claimed oldest first, up to the limit, each once."
                a_job_is_due_from_the_time_of_its_write
                    "A job is due from the very time of its write, not before."
                a_claim_holds_until_it_runs_out
                    "A claimed job is not answered before its claim runs out, and is then, without a counted attempt."
                completed_jobs_are_gone
                    "Completed jobs are gone; unknown ids are ignored."
                a_failed_job_is_due_again_and_counts_its_attempts
                    "A failed job is due again at its time, and counts its attempts."
                a_retry_leaves_other_jobs
                    "A failed job leaves due time and attempts of all others."
                released_jobs_are_due_at_once
                    "A release makes every later job due now, not before, without counting an attempt."
                parallel_claims_share_the_jobs
                    "Parallel claims share the jobs: each is handed out once."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of the outbox answers `Unavailable`: never absence, an empty list or success."
            }
            activity [activity] {
                an_entry_keeps_every_field
                    "An entry of the security log has every field, and the time of its write."
                what_an_entry_lacks_stays_absent
                    "Absent session, address and user agent of an entry stay absent; an empty text is not absent."
                each_event_is_kept
                    "Each event is stored as itself."
                the_log_is_listed_newest_first
                    "A user's own entries are listed newest first, by number and by anchor."
                the_log_of_nobody_is_an_empty_page
                    "A user without entries has an empty page, as has nobody."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of the security log answers `Unavailable`: never absence, an empty list or success."
            }
            maintenance [maintenance] {
                purge_deletes_records_that_have_expired
                    "A purge deletes idempotency records that ended before its time, not those that end at it."
                purge_stops_at_the_limit
                    "A purge deletes as many rows as its limit says, and says how many."
                purge_leaves_log_and_jobs
                    "A purge leaves the security log and waiting jobs."
                purge_log_deletes_entries_of_before_its_time
                    "A purge of the security log deletes entries of before its time, as many as its limit says."
                a_parallel_purge_leaves_records_that_are_renewed
                    "A record that is renewed while expired ones are purged stays."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of maintenance answers `Unavailable`: never absence, an empty list or success."
            }
            messages [messages] {
                post_stores_every_field
                    "A message has every field, and is sealed for replays."
                post_stores_the_longest_values
                    "A body of 10 000 four-byte characters is stored whole."
                post_without_account_is_missing
                    "A message of nobody is refused and leaves nothing."
                post_under_a_stored_once_is_refused
                    "A repeated message under a stored idempotency key is refused before anything else."
                messages_are_listed_newest_first
                    "Authors see all of their messages, newest first, by number and by anchor."
                others_see_public_messages_only
                    "Others see the public messages of an author, newest first, by number and by anchor."
                slices_are_parts_of_the_list
                    "A slice has the rows of the list at its numbers, and their total."
                only_the_author_finds_a_message
                    "An unknown message, and one of another author, is absence."
                delete_deletes_one_message_of_its_author
                    "An author deletes one message; another author's, and an unknown one, stay."
                parallel_deletions_delete_once
                    "Of parallel deletions of one message one deletes it."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of messages answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "What was posted and deleted through a handle is read so through it at once."
            }
            maintenance_sessions [maintenance sessions] {
                purge_deletes_sessions_that_have_ended
                    "A purge deletes ended sessions with their secrets, which do not count, and no others."
                purge_counts_all_kinds_against_one_limit
                    "Sessions and records count against one limit."
                own_writes_are_read_at_once
                    "A purge of sessions shows at once in what the same handle reads, whatever it read before."
            }
            maintenance_tokens [maintenance credentials] {
                purge_deletes_tokens_that_have_expired
                    "A purge deletes tokens that ended before its time, not those that end at it."
                purge_deletes_tokens_of_each_kind_up_to_the_limit
                    "Tokens of each kind are deleted, up to the limit."
            }
            address_users [addresses users] {
                every_look_up_knows_whether_there_is_a_primary_address
                    "Whether there is a primary address shows in every look-up and list of accounts at once."
                every_change_answers_whether_there_is_a_primary_address
                    "The answers to changes of the account say whether there is a primary address."
            }
            address_credentials [addresses credentials] {
                the_credential_knows_whether_there_is_a_primary_address
                    "Whether there is a primary address shows in every look-up of credentials at once."
            }
            address_sessions [addresses sessions] {
                the_session_knows_whether_there_is_a_primary_address
                    "Whether there is a primary address shows in the session at once."
            }
            reset_devices [credentials devices] {
                a_first_proof_of_the_address_drops_devices
                    "A reset that first proves the address deletes the user's devices, and no other user's."
                a_reset_of_a_proved_address_leaves_devices
                    "A reset of an address that was proved before leaves devices."
                a_replacement_of_the_password_leaves_devices
                    "A replacement of the password leaves devices."
                a_refused_reset_leaves_devices
                    "A refused reset leaves devices."
            }
            api_key_users [users api_keys] {
                changes_of_the_owner_show_at_once
                    "What changes about the owner shows at once in who bears a key."
            }
            reset_api_keys [credentials api_keys] {
                a_first_proof_of_the_address_drops_keys
                    "A reset that first proves the address deletes the user's API keys, and no other's."
                dropped_keys_are_dead_at_once
                    "Keys that a reset deletes are dead at once, whatever was read before."
                a_reset_of_a_proved_address_leaves_keys
                    "A reset of an address that was proved before leaves API keys."
                a_replacement_of_the_password_leaves_keys
                    "A replacement of the password leaves API keys."
                a_refused_reset_leaves_keys
                    "A refused reset leaves API keys."
            }
        ] }
    };
}
