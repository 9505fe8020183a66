//! `vestibule check-config`

use super::{Failure, print};

/// The settings were read and checked before this.
pub(super) fn run() -> Result<(), Failure> {
    print("The configuration is valid.")
}
