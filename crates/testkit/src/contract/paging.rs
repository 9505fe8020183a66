//! Lists, newest first, by every kind of page.

use std::fmt::Debug;
use std::ops::AsyncFn;

use uuid::Uuid;
use vestibule_domain::kernel::{Anchor, Id, IdKind, Page, PageRequest, PageSize};

/// A page size of `rows`.
pub(super) fn rows(rows: i64) -> PageSize {
    PageSize::new(rows).expect("a page size")
}

/// The first page, larger than any list here.
pub(super) fn first_page<K: IdKind>() -> PageRequest<K> {
    PageRequest::number(1, rows(200))
}

/// The order in which a list of seven rows is written: not that of its ids,
/// since two instances of a service may write in another order than they made
/// ids.
pub(super) const SHUFFLED: [usize; 7] = [3, 0, 6, 1, 5, 2, 4];

/// Reads a list of seven rows by every kind of page. `newest_first` are the
/// ids of all its rows; between any two of them there is another id.
pub(super) async fn check_paging<K: IdKind + Debug, T>(
    newest_first: &[Id<K>],
    id: impl Fn(&T) -> Id<K>,
    list: impl AsyncFn(PageRequest<K>) -> Page<T>,
) {
    let ids = newest_first;
    assert_eq!(ids.len(), 7, "the list under test has seven rows");
    let check = async |request: PageRequest<K>, want: &[Id<K>], has_next: bool| {
        let page = list(request).await;
        let got: Vec<_> = page.items.iter().map(&id).collect();
        assert_eq!(got, want, "items of {request:?}");
        assert_eq!(page.count, 7, "count of {request:?}");
        assert_eq!(page.has_next, has_next, "has_next of {request:?}");
    };
    let by_number = |number, size| PageRequest::number(number, rows(size));
    check(by_number(1, 3), &ids[0..3], true).await;
    check(by_number(2, 3), &ids[3..6], true).await;
    check(by_number(3, 3), &ids[6..7], false).await;
    check(by_number(4, 3), &[], false).await;
    check(by_number(1, 7), ids, false).await;
    check(by_number(1, 6), &ids[0..6], true).await;
    check(by_number(1, 200), ids, false).await;
    check(by_number(u32::MAX, 200), &[], false).await;

    // With an anchor the page number only tells where the client thinks it is.
    let anchored = |anchor, size| PageRequest {
        number: 2,
        size: rows(size),
        anchor,
    };
    check(anchored(Anchor::After(ids[2]), 3), &ids[3..6], true).await;
    check(anchored(Anchor::After(ids[3]), 3), &ids[4..7], false).await;
    check(anchored(Anchor::After(ids[5]), 3), &ids[6..7], false).await;
    check(anchored(Anchor::After(ids[6]), 3), &[], false).await;
    check(anchored(Anchor::Before(ids[6]), 3), &ids[3..6], true).await;
    check(anchored(Anchor::Before(ids[3]), 3), &ids[0..3], true).await;
    check(anchored(Anchor::Before(ids[2]), 3), &ids[0..2], true).await;

    // An anchor need not be a row of the list: it may be gone by now.
    let next_to = |id: Id<K>, up: bool| {
        let number = id.uuid().as_u128();
        Id::from_uuid(Uuid::from_u128(if up { number + 1 } else { number - 1 }))
    };
    let gone = next_to(ids[3], true);
    check(anchored(Anchor::After(gone), 3), &ids[3..6], true).await;
    check(anchored(Anchor::Before(gone), 2), &ids[1..3], true).await;
    let newest = next_to(ids[0], true);
    check(anchored(Anchor::After(newest), 3), &ids[0..3], true).await;
    check(anchored(Anchor::Before(newest), 3), &[], true).await;
    let oldest = next_to(ids[6], false);
    check(anchored(Anchor::After(oldest), 3), &[], false).await;
    check(anchored(Anchor::Before(oldest), 3), &ids[4..7], false).await;
}
