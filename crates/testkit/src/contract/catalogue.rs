//! What the suite proves, as data.

/// The version of the contract that this suite checks.
///
/// The second number grows when cases are added that an adapter which kept
/// the contract passes as it is; the first one when the contract itself
/// changes: a port method is added or means something else.
pub const CONFORMANCE: &str = "2.2";

/// The features that [`storage_contract!`](crate::storage_contract) takes, and
/// what each covers.
pub const FEATURES: &[(&str, &str)] = &[
    (
        "users",
        "accounts: registration, look-up, changes, lists, settings, proof of the address",
    ),
    (
        "credentials",
        "passwords and the single-use tokens that reset them",
    ),
    ("sessions", "sessions, refresh tokens and their use"),
    (
        "email_changes",
        "changes of e-mail addresses and what undoes them",
    ),
    ("addresses", "postal addresses and which one is primary"),
    ("devices", "push devices and their tokens"),
    ("inquiries", "support inquiries and replies"),
    (
        "organizations",
        "organizations, members, invitations and companies",
    ),
    ("api_keys", "API keys"),
    (
        "identities",
        "linked identities, and what passes between leaving for a provider and coming back",
    ),
    (
        "idempotency",
        "idempotency records, and buckets that throttle",
    ),
    ("outbox", "jobs that committed with commands"),
    ("activity", "the security log"),
    ("maintenance", "removal of what has expired"),
    ("messages", "messages and who sees them"),
    ("erasure", "deletion of accounts, a little at a time"),
];

/// One test of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// Its name, as the test bears it.
    pub name: &'static str,
    /// What holds of an adapter that passes it.
    pub proves: &'static str,
}

/// Cases of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Module {
    /// The module of the tests.
    pub name: &'static str,
    /// The features that all of its cases need.
    pub needs: &'static [&'static str],
    /// Its cases, in the order in which they are listed.
    pub cases: &'static [Case],
}

macro_rules! modules {
    ($($module:ident [$($need:ident)+] { $($case:ident $proves:literal)+ })+) => {
        const MODULES: &[Module] = &[$(Module {
            name: stringify!($module),
            needs: &[$(stringify!($need)),+],
            cases: &[$(Case { name: stringify!($case), proves: $proves }),+],
        }),+];
    };
}
crate::__storage_cases! { [modules] [] }

/// Every case of the contract with what it proves.
pub const fn catalogue() -> &'static [Module] {
    MODULES
}

/// Prints what the tests of these features check. Fails when that is nothing.
#[doc(hidden)]
#[expect(clippy::print_stdout, reason = "a report of a test run")]
pub fn report_conformance(features: &[&str]) {
    let cases: usize = catalogue()
        .iter()
        .filter(|module| module.needs.iter().all(|need| features.contains(need)))
        .map(|module| module.cases.len())
        .sum();
    assert!(cases > 0, "no case of the contract is of {features:?}");
    let features = features.join(", ");
    println!("storage contract {CONFORMANCE}: {cases} cases, features {features}");
}
