//! Buckets that a command of another feature asks.

pub(super) use super::throttling::{
    a_command_that_changes_nothing_counts_nowhere, a_refused_command_is_not_carried_out,
};
