//! What the database does when something goes wrong, and what its promises
//! look like while nothing does.

mod batches;
mod caches;
mod files;
mod queues;
mod support;
