//! The value types and pure rules of the domain: what they accept, what they
//! refuse, and that what was read back is what was given.

mod accounts;
mod choices;
mod decisions;
mod eligibility;
mod identities;
mod ids;
mod local_info;
mod locale;
mod organizations;
mod passwords;
mod personal_data;
mod preferences;
mod settings;
mod texts;
mod throttling;
mod times;

use vestibule_domain::kernel::Invalid;

/// The code of a refusal.
#[track_caller]
fn code<T: std::fmt::Debug>(result: Result<T, Invalid>) -> &'static str {
    let invalid = result.expect_err("refused");
    assert!(
        invalid.message.ends_with('.') && invalid.message.len() > 10,
        "a full sentence: {:?}",
        invalid.message
    );
    invalid.code
}
