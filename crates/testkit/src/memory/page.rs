use vestibule_domain::kernel::{Anchor, Id, IdKind, Page, PageRequest};

/// The wanted page of `rows`, which are in the order of their ids.
pub(super) fn page<K: IdKind, T>(
    rows: impl DoubleEndedIterator<Item = (Id<K>, T)>,
    request: PageRequest<K>,
) -> Page<T> {
    let mut newest_first: Vec<_> = rows.rev().collect();
    let total = newest_first.len();
    let size = usize::from(request.size.get());
    let start = match request.anchor {
        Anchor::Number => usize::try_from(request.offset())
            .unwrap_or(usize::MAX)
            .min(total),
        Anchor::After(anchor) => newest_first.partition_point(|(id, _)| *id >= anchor),
        Anchor::Before(anchor) => newest_first
            .partition_point(|(id, _)| *id > anchor)
            .saturating_sub(size),
    };
    let end = match request.anchor {
        Anchor::Number | Anchor::After(_) => start.saturating_add(size).min(total),
        Anchor::Before(anchor) => newest_first.partition_point(|(id, _)| *id > anchor),
    };
    Page {
        count: total as u64,
        items: newest_first.drain(start..end).map(|(_, row)| row).collect(),
        has_next: end < total,
    }
}
