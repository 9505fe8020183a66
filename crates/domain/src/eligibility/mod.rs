//! Whether a user may list items, and everything that stands in the way.
//!
//! A pure rule: [`check`] takes facts, wherever they come from, and the rules
//! that apply.

mod model;

pub use model::{Block, Facts, Fix, Rule, Rules, Verdict, check};
