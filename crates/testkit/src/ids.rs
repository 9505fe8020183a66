//! Ids that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;
use vestibule_domain::kernel::IdGenerator;

use crate::clock::START_MICROS;

/// Counts up in the shape of UUIDv7 (RFC 9562 section 5.7): the time part is
/// fixed, the random part is the counter. Each id is greater than the last.
#[derive(Debug, Default)]
pub struct SequentialIds(AtomicU64);

impl IdGenerator for SequentialIds {
    fn next_uuid(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let millis = START_MICROS.unsigned_abs() / 1000;
        // 48 bits of time, version 7, 12 bits, variant 0b10, 62 bits of counter.
        Uuid::from_u64_pair(millis << 16 | 0x7000, 1 << 63 | count)
    }
}

#[cfg(test)]
mod tests {
    use vestibule_domain::kernel::{Id, kinds};

    use super::*;

    #[test]
    fn ids_grow_and_have_the_shape_of_version_7() {
        let ids = SequentialIds::default();
        let made: Vec<Uuid> = (0..1000).map(|_| ids.next_uuid()).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        for id in made {
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            let typed: Id<kinds::User> = Id::from_uuid(id);
            assert_eq!(typed.to_string().parse(), Ok(typed));
        }
    }
}
