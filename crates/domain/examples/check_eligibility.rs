//! A catalogue asks whether its sellers may list items. It fills the facts
//! from what it knows itself: no store, no runtime and no account is needed.
//!
//! Run it: `cargo run -p vestibule-domain --example check_eligibility`

#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use vestibule_domain::eligibility::{Facts, Rules, Verdict, check};
use vestibule_domain::kernel::Invalid;

/// A seller, as the catalogue knows them.
struct Seller {
    name: &'static str,
    standing: Standing,
    confirmed_email: Option<&'static str>,
    warehouses: &'static [&'static str],
    plan: Plan,
}

enum Standing {
    Good,
    Banned,
}

enum Plan {
    Trial,
    Paid,
}

/// Nothing is filled by a default: when the rules begin to look at one more
/// fact, this does not compile until the catalogue says where it gets it from.
impl From<&Seller> for Facts {
    fn from(seller: &Seller) -> Self {
        Self {
            suspended: matches!(seller.standing, Standing::Banned),
            email_verified: seller.confirmed_email.is_some(),
            has_primary_address: !seller.warehouses.is_empty(),
            subscribed: matches!(seller.plan, Plan::Paid),
        }
    }
}

const SELLERS: [Seller; 3] = [
    Seller {
        name: "ada",
        standing: Standing::Good,
        confirmed_email: Some("ada@example.com"),
        warehouses: &["London"],
        plan: Plan::Paid,
    },
    Seller {
        name: "brook",
        standing: Standing::Good,
        confirmed_email: Some("brook@example.com"),
        warehouses: &["Lisbon", "Porto"],
        plan: Plan::Trial,
    },
    Seller {
        name: "carl",
        standing: Standing::Banned,
        confirmed_email: None,
        warehouses: &[],
        plan: Plan::Paid,
    },
];

/// One line for the log: what was decided, and what stands in the way.
fn decision(seller: &Seller, verdict: &Verdict) -> String {
    if verdict.can_list_items() {
        return format!("{}: may list items", seller.name);
    }
    let blocks: Vec<_> = verdict
        .blocks
        .iter()
        .map(|block| format!("{} ({})", block.slug, block.uid))
        .collect();
    format!("{}: blocked by {}", seller.name, blocks.join(", "))
}

fn decisions(rules: &Rules) -> Vec<String> {
    SELLERS
        .iter()
        .map(|seller| decision(seller, &check(&seller.into(), rules)))
        .collect()
}

fn run() -> Result<[Vec<String>; 2], Invalid> {
    let all = Rules::default();
    // As a setting would name them: trial sellers may list items too. Names
    // that are no rules are refused.
    let free_month = Rules::parse(["account_suspended", "email_not_verified"])?;
    Ok([decisions(&all), decisions(&free_month)])
}

fn main() -> Result<(), Invalid> {
    let [all, free_month] = run()?;
    println!("By all rules:\n  {}", all.join("\n  "));
    println!("In the free month:\n  {}", free_month.join("\n  "));
    Ok(())
}

#[test]
fn decides_by_the_facts_and_by_the_rules_that_apply() {
    let [all, free_month] = run().expect("names of rules");
    assert_eq!(
        all,
        [
            "ada: may list items",
            "brook: blocked by no_subscription (err_002)",
            "carl: blocked by account_suspended (err_004), email_not_verified (err_003), \
             no_primary_address (err_001)",
        ]
    );
    assert_eq!(
        free_month,
        [
            "ada: may list items",
            "brook: may list items",
            "carl: blocked by account_suspended (err_004), email_not_verified (err_003)",
        ]
    );
}
