//! Pages of lists, newest first: ids grow with time, so the order is that of
//! the ids, and a page that starts at an anchor is a range of the index.

use vestibule_domain::kernel::{Page, StoreError};

/// Loads a page: `load_page!(conn, page, table::id, Row, query)`.
///
/// `query` is the filtered list without selection and order. It is evaluated
/// for each statement, on whichever connection it is. `Row` is named, so
/// that the compiler need not infer it through so many statements. With
/// `count: n` in front the rows of the list are not counted.
macro_rules! load_page {
    ($conn:expr, $page:expr, $id:expr, $row:ty, $query:expr) => {{
        let count: i64 = {
            use diesel::prelude::*;
            $crate::database::dialect::on!($conn, |c| $query.count().get_result(c))?
        };
        $crate::storage::paging::load_page!(count: count, $conn, $page, $id, $row, $query)
    }};
    (count: $count:expr, $conn:expr, $page:expr, $id:expr, $row:ty, $query:expr) => {{
        use diesel::prelude::*;
        use $crate::database::dialect::on;
        let page = $page;
        let size = i64::from(page.size.get());
        let count: i64 = $count;
        let (rows, has_next) = match page.anchor {
            vestibule_domain::kernel::Anchor::Number => {
                // Pages lie within u32 × u16, far from the limit of i64.
                let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
                let rows = on!($conn, |c| $query
                    .select(<$row as diesel::SelectableHelper<_>>::as_select())
                    .order($id.desc())
                    .limit(size)
                    .offset(offset)
                    .load::<$row>(c))?;
                (rows, count > offset.saturating_add(size))
            }
            vestibule_domain::kernel::Anchor::After(anchor) => {
                let mut rows = on!($conn, |c| $query
                    .filter($id.lt(anchor.to_string()))
                    .select(<$row as diesel::SelectableHelper<_>>::as_select())
                    .order($id.desc())
                    .limit(size + 1)
                    .load::<$row>(c))?;
                let has_next = rows.len() > usize::from(page.size.get());
                rows.truncate(usize::from(page.size.get()));
                (rows, has_next)
            }
            vestibule_domain::kernel::Anchor::Before(anchor) => {
                let anchor = anchor.to_string();
                let mut rows = on!($conn, |c| $query
                    .filter($id.gt(&anchor))
                    .select(<$row as diesel::SelectableHelper<_>>::as_select())
                    .order($id.asc())
                    .limit(size)
                    .load::<$row>(c))?;
                rows.reverse();
                // The anchor itself may be gone.
                let following: Option<String> = on!($conn, |c| $query
                    .filter($id.le(&anchor))
                    .select($id)
                    .first(c)
                    .optional())?;
                (rows, following.is_some())
            }
        };
        $crate::storage::paging::Loaded {
            count,
            rows,
            has_next,
        }
    }};
}
pub(super) use load_page;

/// A page as it was stored.
pub(super) struct Loaded<R> {
    pub(super) count: i64,
    pub(super) rows: Vec<R>,
    pub(super) has_next: bool,
}

impl<R> Loaded<R> {
    /// The page of what the rows stand for.
    pub(super) fn into_page<T>(
        self,
        read: impl FnMut(R) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        Ok(Page {
            count: u64::try_from(self.count).unwrap_or(0),
            items: self.rows.into_iter().map(read).collect::<Result<_, _>>()?,
            has_next: self.has_next,
        })
    }
}
