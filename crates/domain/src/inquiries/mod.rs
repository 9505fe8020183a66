//! Support inquiries: what users ask, and what staff reply.

mod error;
mod list;
mod model;
mod ports;
mod reply;
mod set_status;
mod submit;

use std::sync::Arc;

pub use error::{InquiryError, InquiryRule};
pub use model::{
    Inquirer, Inquiry, InquiryMessage, InquiryStatus, InquiryThread, Reply, Subject, decide_submit,
};
pub use ports::*;
pub use submit::SubmitInquiry;

use crate::kernel::{Clock, IdGenerator};

/// Use cases on support inquiries.
#[derive(Clone)]
pub struct Inquiries {
    /// The stored inquiries.
    pub store: Arc<dyn InquiryStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Most open inquiries that a user may have.
    pub quota: u32,
}
