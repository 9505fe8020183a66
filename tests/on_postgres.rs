//! Every black-box test on `PostgreSQL`, and those that only `PostgreSQL` needs:
//! several instances on one database, its outage, its failover.

#[path = "main.rs"]
mod blackbox;
mod instances;

use blackbox::support;
