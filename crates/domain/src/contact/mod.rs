//! How a user is reached: changes of the e-mail address, and the phone number.

mod model;

pub use model::{EMAIL_CHANGE_LIFETIME, UNDO_LIFETIME};
