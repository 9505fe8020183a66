//! Listing eligibility: every unmet rule, in order, of those that apply.

use proptest::prelude::*;
use proptest::sample::select;
use vestibule_domain::eligibility::{Facts, Rule, Rules, check};

prop_compose! {
    fn any_facts()(suspended: bool, email_verified: bool, has_primary_address: bool, subscribed: bool) -> Facts {
        Facts { suspended, email_verified, has_primary_address, subscribed }
    }
}

fn any_names() -> impl Strategy<Value = Vec<&'static str>> {
    let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    prop::collection::vec(select(names), 0..8)
}

/// The rules of the contract, each with what it demands.
fn unmet(facts: Facts) -> Vec<&'static str> {
    [
        ("account_suspended", facts.suspended),
        ("email_not_verified", !facts.email_verified),
        ("no_primary_address", !facts.has_primary_address),
        ("no_subscription", !facts.subscribed),
    ]
    .into_iter()
    .filter_map(|(slug, stands)| stands.then_some(slug))
    .collect()
}

proptest! {
    #[test]
    fn every_block_in_order_and_no_other(facts in any_facts(), names in any_names()) {
        let rules = Rules::parse(names.iter().copied()).expect("known names");
        let verdict = check(&facts, &rules);
        let slugs: Vec<_> = verdict.blocks.iter().map(|block| block.slug).collect();
        let expected: Vec<_> = unmet(facts).into_iter().filter(|slug| names.contains(slug)).collect();
        prop_assert_eq!(&slugs, &expected);
        prop_assert_eq!(verdict.can_list_items(), expected.is_empty());
    }

    #[test]
    fn lifting_a_block_removes_it_alone(facts in any_facts()) {
        let before = check(&facts, &Rules::default()).blocks;
        for block in &before {
            let mut better = facts;
            match block.slug {
                "account_suspended" => better.suspended = false,
                "email_not_verified" => better.email_verified = true,
                "no_primary_address" => better.has_primary_address = true,
                _ => better.subscribed = true,
            }
            let expected: Vec<_> = before.iter().filter(|other| *other != block).copied().collect();
            prop_assert_eq!(check(&better, &Rules::default()).blocks, expected);
        }
    }

    #[test]
    fn the_order_of_the_configuration_does_not_matter(names in any_names().prop_shuffle()) {
        let rules = Rules::parse(names.iter().copied()).expect("known names");
        let expected: Vec<_> = Rule::ALL.iter().filter(|rule| names.contains(&rule.as_str())).copied().collect();
        prop_assert_eq!(rules.as_slice(), expected.as_slice());
    }
}

#[test]
fn all_rules_apply_unless_said_otherwise() {
    assert_eq!(Rules::default().as_slice(), Rule::ALL);
    let none = Rules::parse([]).expect("no rules");
    let worst = Facts {
        suspended: true,
        email_verified: false,
        has_primary_address: false,
        subscribed: false,
    };
    assert!(check(&worst, &none).can_list_items());
    assert_eq!(check(&worst, &Rules::default()).blocks.len(), 4);
}

#[test]
fn an_unknown_rule_is_refused() {
    let refused = Rules::parse(["no_subscription", "no_hat"]).expect_err("unknown");
    assert_eq!(refused.code, "invalid_choice");
    assert!(refused.message.contains("no_primary_address"));
}

#[test]
fn blocks_tell_what_to_do() {
    let mut uids: Vec<_> = Rule::ALL.iter().map(|rule| rule.block().uid).collect();
    for rule in Rule::ALL {
        let block = rule.block();
        assert_eq!(block.slug, rule.as_str());
        assert!(block.uid.starts_with("err_"));
        assert!(block.description.ends_with('.'));
        assert!(
            block
                .fix
                .is_none_or(|fix| fix.path.starts_with("/api/") && fix.path.ends_with('/'))
        );
    }
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), Rule::ALL.len(), "a uid of its own each");
    // The example of instica.txt, word for word.
    let address = Rule::NoPrimaryAddress.block();
    assert_eq!(address.uid, "err_001");
    assert_eq!(address.message, "Primary address required");
    assert_eq!(
        address.description,
        "Add a primary shipping address before listing items."
    );
}
