//! The cases of organizations, their members and invitations, and companies,
//! each with what it proves.

/// The cases so far, with those of this file, for another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __storage_organization_cases {
    ([$($then:tt)+] [$($cases:tt)*]) => {
        $($then)+! { $($cases)*
            organizations [organizations] {
                create_stores_every_field
                    "An organization is stored with every field, its company, its owner and its envelope; the first is the default one."
                create_stores_the_longest_values
                    "The longest name, of four-byte characters, and the longest slug are stored whole."
                numbers_grow_and_are_never_given_twice
                    "Numbers grow, and that of a deleted organization is not given again."
                a_generated_slug_is_the_first_that_is_free
                    "Of generated slugs the first that no organization has is taken."
                a_given_slug_that_is_taken_is_refused
                    "A given slug that another organization has is refused."
                create_in_a_company_needs_its_owner
                    "An organization is made within a company by its owner only."
                create_beyond_the_quota_is_refused
                    "An organization beyond the quota is refused; other users' organizations do not count."
                create_without_account_is_missing
                    "An organization without account is `Missing(user)`, and leaves nothing."
                create_under_a_stored_once_is_refused
                    "A repeated idempotency key makes no organization and no company, and is told before the rule."
                organizations_are_listed_latest_membership_first
                    "A user's organizations are listed by membership, the latest first, by number and by anchor."
                an_organization_is_shown_to_members_only
                    "An organization is answered to its members only, and common members are told."
                parallel_creations_fill_the_quota_exactly
                    "Parallel creations of organizations fill the quota exactly."
                parallel_creations_share_no_slug_and_no_number
                    "Parallel creations of one name get slugs and numbers of their own."
                parallel_creations_of_one_slug_succeed_once
                    "Of parallel creations with one slug exactly one succeeds."
                a_store_that_is_down_is_unavailable
                    "While the store cannot be reached, every method of organizations, members, invitations and companies answers `Unavailable`: never absence, an empty list or success."
                own_writes_are_read_at_once
                    "Every change of organizations and members shows at once in what the same handle reads, in every member's account too."
            }
            organization_changes [organizations] {
                change_sets_each_field_alone
                    "Name and slug are set by themselves; version and time move; company and other organizations stay."
                a_refused_change_leaves_the_organization
                    "A change by no owner or admin, to a taken slug, at another version or under a repeated key leaves the organization as it was."
                a_rename_shows_in_every_members_account
                    "A change of name and slug shows at once in the account of every member, whose version does not move."
                parallel_changes_of_one_version_succeed_once
                    "Of parallel changes of an organization at one version exactly one succeeds."
                delete_takes_all_that_belongs_to_the_organization
                    "A deletion takes memberships, invitations and company; its slug is free, and every account shows the next default."
                a_company_goes_with_its_last_organization
                    "A company stays while an organization belongs to it, and goes with the last one."
                a_refused_deletion_leaves_the_organization
                    "A deletion by no owner, at another version or under a repeated key leaves the organization."
                the_default_is_chosen_else_the_oldest
                    "The default organization is the one that was chosen last, else that of the oldest membership that is left, else none."
                only_a_members_organization_becomes_the_default
                    "An organization of others does not become the default one."
                stakes_tell_what_a_user_would_leave_behind
                    "What a user would leave behind is told with role, owners and members."
            }
            members [organizations] {
                members_are_listed_latest_first
                    "An organization's members are listed the latest first, by number and by anchor, with their count."
                a_member_shows_the_account
                    "A member shows the names and the address of the account; nobody else is found."
                change_role_sets_the_role
                    "A role is set, and the version of the membership moves."
                a_refused_change_of_a_role_leaves_it
                    "No change beyond the rules of roles, at another version or under a repeated key changes a role."
                remove_takes_one_member
                    "A removal takes one membership in one organization; who is gone may join again."
                a_refused_removal_leaves_the_member
                    "No removal beyond the rules of roles, at another version or under a repeated key removes a member."
                transfer_passes_ownership_and_company
                    "A transfer makes an owner and an admin, and passes the company on."
                transfer_leaves_a_company_of_several_organizations
                    "A transfer leaves a company that has another organization."
                a_refused_transfer_leaves_the_roles
                    "No transfer by anybody but an owner, to anybody but another member, or under a repeated key changes a role."
                of_parallel_leaves_the_last_owner_stays
                    "When all owners leave at once, exactly one stays."
                of_parallel_changes_by_every_door_an_owner_stays
                    "When owners leave, demote each other and transfer at once, an owner stays, and the count is right."
            }
            invitations [organizations] {
                invite_stores_every_field
                    "An invitation is stored with every field and its envelope, and found by its token."
                invitations_are_listed_newest_first
                    "An organization's invitations are listed newest first, by number and by anchor."
                an_address_that_is_invited_again_has_one_token
                    "An address that is invited again keeps its invitation, with a new token, role and expiry; the old token is dead."
                an_invitation_expires_and_a_new_one_is_made
                    "An invitation cannot be accepted from its end on; a new one takes its place."
                a_refused_invitation_leaves_nothing
                    "An invitation by no owner or admin, of a member or under a repeated key leaves nothing."
                revoke_kills_the_token
                    "An invitation is revoked once, by an owner or admin of its organization; its token is dead."
                accept_joins_with_the_role
                    "Who accepts joins with the role of the invitation, which is spent."
                a_refused_acceptance_leaves_the_invitation
                    "An unknown token, another or an unproved address, a full quota, no account or a repeated key leave the invitation as it is."
                parallel_acceptances_of_one_token_succeed_once
                    "Of parallel acceptances of one token exactly one joins."
                parallel_invitations_of_one_address_leave_one_pending
                    "Parallel invitations of one address leave one, with one living token."
                an_account_is_registered_by_an_invitation
                    "A registration by an invitation joins in the same write, or stores nothing."
            }
            companies [organizations] {
                a_company_is_made_with_its_organization
                    "A company is made with its organization, of its name, for 1000 documents."
                companies_are_listed_newest_first
                    "A user's own companies are listed newest first, by number and by anchor."
                a_company_is_shown_to_owner_and_members
                    "A company is answered to its owner and to members of its organizations."
                rename_is_its_owners
                    "A company is renamed by its owner only, at the expected version; its organizations show the name."
                the_number_of_documents_is_set
                    "The number of documents is set at the expected version."
            }
            memberships [organizations] {
                a_later_organization_is_not_the_default
                    "An organization that is joined or made later does not become the default, neither in place of the oldest nor of the chosen one."
                the_oldest_membership_goes_by_the_time_of_joining
                    "The oldest membership is that which joined first, whatever the ids of memberships are."
                an_acceptance_spends_one_invitation_in_any_case
                    "An invitation is accepted whatever the spelling of the address, and those of other organizations stay open."
                transfer_leaves_a_company_of_another_owner
                    "A transfer by an owner to whom the company does not belong leaves the company."
                a_closed_invitation_is_not_sent_again
                    "An address whose invitation was revoked or accepted gets a new one; the closed ones stay as they were."
                only_a_pending_invitation_is_accepted
                    "An invitation that was revoked is not accepted."
                repeated_commands_change_nothing
                    "A repeated idempotency key renames no company, sets no number of documents, revokes no invitation and chooses no default."
            }
            organization_races [organizations] {
                parallel_changes_of_one_company_succeed_once
                    "Of parallel changes of a company at one version exactly one succeeds, and is stored alone."
                parallel_changes_of_a_role_succeed_once
                    "Of parallel changes of a role at one version exactly one succeeds, and is stored."
                of_owners_who_step_down_at_once_one_stays
                    "When all owners give up their role at once, exactly one is refused."
                a_transfer_to_who_leaves_leaves_an_owner
                    "Of a transfer and the leaving of who would own exactly one succeeds, and an owner stays."
                parallel_deletions_of_an_organization_succeed_once
                    "Of parallel deletions of an organization exactly one succeeds, the others find none."
                of_a_change_and_a_deletion_at_one_version_one_succeeds
                    "Of a change and a deletion of an organization at one version exactly one succeeds."
                of_a_revocation_and_an_acceptance_one_succeeds
                    "Of a revocation and an acceptance of one invitation exactly one succeeds."
                parallel_choices_leave_one_that_was_chosen
                    "Parallel choices of a default leave one organization that was chosen, and no trace of the others."
            }
            email_organizations [email_changes organizations] {
                a_member_does_not_join_by_another_address
                    "Who is a member already does not join again by an invitation to a later address."
                who_is_invited_is_compared_with_the_address_of_now
                    "Whether an address is a member's goes by the address of now, in any case."
            }
            maintenance_invitations [maintenance organizations] {
                purge_deletes_invitations_when_their_retention_is_over
                    "A purge deletes invitations 90 days after their end, not before, up to the limit."
            }
        }
    };
}
