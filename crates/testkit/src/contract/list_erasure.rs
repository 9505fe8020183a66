//! The cases of the deletion of accounts, each with what it proves.

/// The cases so far, with those of this file and then those of the other
/// features, for another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_erasure_cases {
    ([$($then:tt)+] [$($cases:tt)*]) => {
        $crate::__storage_organization_cases! { [$($then)+] [$($cases)*
            erasure [erasure] {
                a_hidden_account_is_absent
                    "A hidden account is absent at once, through every handle; its envelope commits."
                a_hidden_account_has_freed_its_names
                    "Username and address of a hidden account can be registered again, and its erasure leaves the new account."
                hide_without_account_is_missing
                    "Nobody, and an account that is hidden already, cannot be hidden."
                hide_under_a_stored_once_is_refused
                    "A repeated hiding under a stored idempotency key is refused before anything else."
                of_parallel_hidings_one_is_carried_out
                    "Of parallel hidings of one account one is carried out."
                erasures_are_pending_until_they_are_forgotten
                    "Hidden accounts are pending, those hidden first before others, until they are forgotten."
                erase_deletes_as_many_rows_as_its_limit
                    "An erasure deletes as many rows as its limit says, and says whether there are more."
                only_hidden_accounts_are_erased
                    "An account that is not hidden is neither erased nor forgotten."
                jobs_for_the_user_go_and_jobs_for_nobody_stay
                    "Jobs for the user go with the account; one for nobody, such as the farewell, stays."
                sealed_answers_go_with_the_account
                    "Idempotency records of the user go with the account, those of others and of nobody stay."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of the erasure answers `Unavailable`: never absence, an empty list or success."
            }
            erasure_users [erasure users] {
                no_look_up_answers_a_hidden_account
                    "No look-up and no list of accounts answers a hidden one, nor are its settings there."
                a_hidden_account_takes_no_changes
                    "Changes of a hidden account and of its settings find it missing."
            }
            erasure_sessions [erasure sessions] {
                a_hidden_account_has_no_live_session
                    "Every session of a hidden account is dead at once, by id, cookie and refresh token; others live on."
            }
            erasure_resources [erasure addresses devices inquiries messages] {
                all_that_belongs_to_the_user_goes_and_nothing_else
                    "Addresses, devices, inquiries and messages of an erased account are gone, those of others stay; staff no longer see its inquiries."
            }
            erasure_credentials [erasure credentials] {
                the_credential_of_a_hidden_account_is_absent
                    "No look-up answers the credential of a hidden account, its single-use tokens are dead, and it takes no new ones; those of others live on."
            }
            erasure_email [erasure email_changes] {
                changes_and_former_addresses_go_with_the_account
                    "Changes and undo tokens of a hidden account are dead, and gone once it is erased; those of others stay."
            }
            erasure_api_keys [erasure api_keys] {
                keys_of_a_hidden_account_are_dead
                    "API keys of a hidden account are dead at once, through every handle and in every list; those of others and of nobody live on."
                counted_uses_go_with_the_account
                    "What was counted of the keys of an erased account is gone, that of others stays."
            }
            erasure_identities [erasure identities] {
                identities_of_a_hidden_account_are_free
                    "Identities of a hidden account are gone with tokens and codes, and others may link them at once; those of others stay."
            }
            erasure_organizations [erasure organizations] {
                who_is_hidden_is_no_member
                    "A hidden account is a member of nothing; other members, organizations and roles stay."
                what_nobody_else_is_a_member_of_goes
                    "An organization goes with its only member, with invitations and company, and its slug is free."
                a_company_passes_to_who_owns_the_organization
                    "A company of a hidden account passes to an owner of an organization that is left, not to a member; others' companies stay."
                invitations_by_and_to_a_hidden_account_are_gone
                    "Invitations to the address of a hidden account, in any case, are gone at once, those that it sent once it is erased; others stay."
                an_owner_whom_members_need_is_not_hidden
                    "The last owner of an organization with other members is not hidden, the organizations are named, and nothing changes."
                of_owners_who_go_at_once_one_stays
                    "When all owners of an organization with other members are hidden at once, exactly one is refused."
                of_one_who_goes_and_one_who_leaves_one_stays
                    "When of two owners one is hidden and the other leaves at once, one of them is refused."
            }
        ] }
    };
}
