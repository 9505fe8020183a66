use crate::kernel::Invalid;
use crate::users::Account;

/// What the rules look at. Other services fill it from facts of their own.
///
/// A literal names every fact: when a rule begins to look at one more, whoever
/// fills the facts has to say where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, one a rule"
)]
pub struct Facts {
    /// Staff have suspended the account.
    pub suspended: bool,
    /// The e-mail address is proved.
    pub email_verified: bool,
    /// One of the user's addresses is the primary one.
    pub has_primary_address: bool,
    /// The user has a subscription.
    pub subscribed: bool,
}

impl From<&Account> for Facts {
    fn from(account: &Account) -> Self {
        Self {
            suspended: account.is_suspended(),
            email_verified: account.email_verified,
            has_primary_address: account.has_primary_address,
            subscribed: account.customer_status.is_subscribed(),
        }
    }
}

choice! {
    /// A condition of listing items, in the order in which blocks are shown.
    Rule {
        /// The account must not be suspended.
        AccountSuspended = "account_suspended",
        /// The e-mail address must be proved.
        EmailNotVerified = "email_not_verified",
        /// There must be a primary address.
        NoPrimaryAddress = "no_primary_address",
        /// There must be a subscription.
        NoSubscription = "no_subscription",
    }
}

/// The rules that apply, in the order of [`Rule::ALL`], each at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Default for Rules {
    /// All rules.
    fn default() -> Self {
        Self(Rule::ALL.to_vec())
    }
}

impl Rules {
    /// The rules of these names, in whatever order and number of repeats they
    /// are given; none at all is allowed (`invalid_choice` for other names).
    ///
    /// ```
    /// use vestibule_domain::eligibility::{Rule, Rules};
    ///
    /// let rules = Rules::parse(["no_subscription", "account_suspended"]).expect("known");
    /// assert_eq!(rules.as_slice(), [Rule::AccountSuspended, Rule::NoSubscription]);
    /// ```
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut rules = names
            .into_iter()
            .map(Rule::parse)
            .collect::<Result<Vec<_>, _>>()?;
        rules.sort_unstable();
        rules.dedup();
        Ok(Self(rules))
    }

    /// The rules, in order.
    pub fn as_slice(&self) -> &[Rule] {
        &self.0
    }
}

/// The call that lifts a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fix {
    /// HTTP method.
    pub method: &'static str,
    /// Path of the native API.
    pub path: &'static str,
}

/// An unmet rule, as users are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Constant per rule, `err_003`.
    pub uid: &'static str,
    /// The rule's name.
    pub slug: &'static str,
    /// Short error message.
    pub message: &'static str,
    /// What to do about it.
    pub description: &'static str,
    /// The call that lifts it; `None` when the user cannot.
    pub fix: Option<Fix>,
}

impl Rule {
    /// Whether the facts meet the rule.
    pub const fn is_met(self, facts: &Facts) -> bool {
        match self {
            Self::AccountSuspended => !facts.suspended,
            Self::EmailNotVerified => facts.email_verified,
            Self::NoPrimaryAddress => facts.has_primary_address,
            Self::NoSubscription => facts.subscribed,
        }
    }

    /// What a user who does not meet the rule is told.
    pub const fn block(self) -> Block {
        let slug = self.as_str();
        match self {
            Self::AccountSuspended => Block {
                uid: "err_004",
                slug,
                message: "Account suspended",
                description: "This account is suspended. Contact support before listing items.",
                fix: None,
            },
            Self::EmailNotVerified => Block {
                uid: "err_003",
                slug,
                message: "Verified email address required",
                description: "Verify your email address before listing items.",
                fix: Some(Fix {
                    method: "POST",
                    path: "/api/auth/registration/verify-email/",
                }),
            },
            Self::NoPrimaryAddress => Block {
                uid: "err_001",
                slug,
                message: "Primary address required",
                description: "Add a primary shipping address before listing items.",
                fix: Some(Fix {
                    method: "POST",
                    path: "/api/v1/user/me/addresses/",
                }),
            },
            Self::NoSubscription => Block {
                uid: "err_002",
                slug,
                message: "Subscription required",
                description: "Get a subscription before listing items.",
                fix: None,
            },
        }
    }
}

/// The outcome: every unmet rule, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// What stands in the way; empty when nothing does.
    pub blocks: Vec<Block>,
}

impl Verdict {
    /// Whether the user may list items.
    pub fn can_list_items(&self) -> bool {
        self.blocks.is_empty()
    }
}

/// Checks the facts against the rules that apply.
///
/// ```
/// use vestibule_domain::eligibility::{Facts, Rules, check};
///
/// let facts = Facts {
///     suspended: false,
///     email_verified: true,
///     has_primary_address: false,
///     subscribed: true,
/// };
/// let verdict = check(&facts, &Rules::default());
/// assert!(!verdict.can_list_items());
/// assert_eq!(verdict.blocks[0].slug, "no_primary_address");
/// ```
pub fn check(facts: &Facts, rules: &Rules) -> Verdict {
    Verdict {
        blocks: rules
            .as_slice()
            .iter()
            .filter(|rule| !rule.is_met(facts))
            .map(|rule| rule.block())
            .collect(),
    }
}
