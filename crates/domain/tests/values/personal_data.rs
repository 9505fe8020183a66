//! What forbids a deletion, and what a message may say.

use vestibule_domain::messages::{Audience, MessageBody};
use vestibule_domain::personal_data::{
    DeletionFacts, DeletionPlan, DeletionRule, SoleOwnership, decide_deletion,
};
use vestibule_domain::preferences::MaxMessageLength;

fn owned(uid: &str, other_members: u64) -> SoleOwnership {
    SoleOwnership {
        uid: uid.to_owned(),
        display_name: format!("Name of {uid}"),
        other_members,
    }
}

fn decide(sole_ownerships: Vec<SoleOwnership>) -> Result<DeletionPlan, DeletionRule> {
    decide_deletion(&DeletionFacts { sole_ownerships })
}

#[test]
fn an_organization_goes_with_its_only_member() {
    assert_eq!(decide(Vec::new()), Ok(DeletionPlan::default()));
    let plan = decide(vec![owned("org_a", 0), owned("org_b", 0)]).expect("a plan");
    assert_eq!(plan.delete_organizations, ["org_a", "org_b"]);
}

#[test]
fn every_organization_that_others_would_be_left_in_is_named() {
    let facts = vec![owned("org_a", 1), owned("org_b", 0), owned("org_c", 9)];
    let named = vec![owned("org_a", 1), owned("org_c", 9)];
    assert_eq!(decide(facts), Err(DeletionRule::OwnsOrganizations(named)));
}

#[test]
fn a_message_is_as_long_as_its_authors_preference_allows() {
    let within = |text: &str, limit| {
        let limit = MaxMessageLength::parse(limit).expect("a limit");
        MessageBody::within(text, limit).map_err(|invalid| invalid.code)
    };
    assert!(within("\u{1f4a1}\u{1f4a1}", 2).is_ok());
    assert_eq!(within("\u{1f4a1}\u{1f4a1}\u{1f4a1}", 2), Err("too_long"));
    assert_eq!(within(" \n\t ", 2), Err("required"));
    assert!(within(&"x".repeat(10_000), 10_000).is_ok());
    let longest = within(&"x".repeat(10_001), 10_000);
    assert_eq!(longest, Err("too_long"));
    assert_eq!(within("a\u{7}", 2), Err("control_character"));
}

#[test]
fn only_the_author_is_not_another_reader() {
    let (ada, bob) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    let [ada, bob] = [ada, bob].map(vestibule_domain::kernel::UserId::from_uuid);
    assert_eq!(Audience::of(ada, ada), Audience::Author);
    assert_eq!(Audience::of(bob, ada), Audience::Others);
}
