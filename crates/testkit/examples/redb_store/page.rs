//! Pages of lists, newest first.

use std::ops::Bound::{Excluded, Included};

use redb::ReadableTable;
use vestibule_domain::kernel::{Anchor, IdKind, Page, PageRequest, StoreError};

use crate::table::{Rows, Stored, end_of};

/// The wanted page of the rows whose keys are `prefix` and an id, and that
/// `keep` answers something for. `count` is the number of all of them.
///
/// An anchor is sought in the B-tree, so the thousandth page costs what the
/// first does; only a page that is asked for by its number walks over the rows
/// before it.
pub(crate) fn page<K: IdKind, T: Stored, U>(
    rows: &Rows<impl ReadableTable<&'static str, &'static [u8]>, T>,
    prefix: &str,
    request: PageRequest<K>,
    count: u64,
    keep: impl Fn(T) -> Option<U>,
) -> Result<Page<U>, StoreError> {
    let size = usize::from(request.size.get());
    let end = end_of(prefix);
    let (oldest, newest) = (Included(prefix), Excluded(end.as_str()));
    let kept = |row: Result<T, StoreError>| row.map(&keep).transpose();

    if let Anchor::Before(anchor) = request.anchor {
        let anchor = format!("{prefix}{anchor}");
        let newer = rows.range((Excluded(&anchor), newest))?;
        let items: Result<Vec<U>, _> = newer.filter_map(kept).take(size).collect();
        let mut items = items?;
        items.reverse();
        let mut older = rows.range((oldest, Included(&anchor)))?.filter_map(kept);
        let has_next = older.next().transpose()?.is_some();
        return Ok(Page {
            count,
            items,
            has_next,
        });
    }

    let after = match request.anchor {
        Anchor::After(anchor) => format!("{prefix}{anchor}"),
        Anchor::Number | Anchor::Before(_) => end.clone(),
    };
    let mut found = rows
        .range((oldest, Excluded(&after)))?
        .rev()
        .filter_map(kept);
    if matches!(request.anchor, Anchor::Number) {
        for _ in 0..request.offset() {
            if found.next().transpose()?.is_none() {
                break;
            }
        }
    }
    // One row more than wanted tells whether there is a next page.
    let items: Result<Vec<U>, _> = found.take(size + 1).collect();
    let mut items = items?;
    let has_next = items.len() > size;
    items.truncate(size);
    Ok(Page {
        count,
        items,
        has_next,
    })
}
