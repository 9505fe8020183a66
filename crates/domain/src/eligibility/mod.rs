//! Whether a user may list items, and everything that stands in the way.

mod model;

pub use model::{Block, Facts, Fix, Rule, Rules, Verdict, check};
