//! What a purge does to buckets.

pub(super) use super::throttling::purge_deletes_buckets_that_have_expired;
