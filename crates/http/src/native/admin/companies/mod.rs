//! Staff on companies.

pub(in crate::native) mod patch;
