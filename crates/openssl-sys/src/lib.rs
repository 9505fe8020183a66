//! AWS-LC in the place of OpenSSL, for C libraries alone: its headers under
//! `DEP_OPENSSL_INCLUDE`, its libcrypto by `aws-lc-sys`, and its libssl, which
//! `build.rs` compiles from the sources in that crate. There is nothing for Rust.

extern crate aws_lc_sys;
