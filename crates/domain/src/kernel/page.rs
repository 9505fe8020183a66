//! Pages of lists, newest first, by page number or by an anchor row.

use super::id::{Id, IdKind};
use super::{Invalid, StoreError};

/// The largest page size, in rows.
pub const MAX_PAGE_SIZE: u16 = 200;

/// Rows per page: 1–200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    /// 25 rows: what a new account has.
    pub const DEFAULT: Self = Self(25);

    /// A page size of 1–200 rows (`out_of_range` otherwise).
    pub fn new(rows: i64) -> Result<Self, Invalid> {
        u16::try_from(rows)
            .ok()
            .filter(|rows| (1..=MAX_PAGE_SIZE).contains(rows))
            .map(Self)
            .ok_or_else(|| Invalid::new("out_of_range", "Choose a page size from 1 to 200."))
    }

    /// Rows per page.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Where a page starts.
#[derive(Debug)]
pub enum Anchor<K: IdKind> {
    /// By the page number: skip `(number − 1) × size` rows.
    Number,
    /// The rows that follow this one in list order; costs the same on any page.
    After(Id<K>),
    /// The rows that precede this one in list order; costs the same on any page.
    Before(Id<K>),
}

impl<K: IdKind> Clone for Anchor<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: IdKind> Copy for Anchor<K> {}

/// Which page of a list is wanted.
///
/// ```
/// use vestibule_domain::kernel::{Invalid, PageRequest, PageSize, kinds};
///
/// let third: PageRequest<kinds::Device> = PageRequest::number(3, PageSize::new(50)?);
/// assert_eq!(third.offset(), 100);
/// assert_eq!(PageSize::new(0).expect_err("too few").code, "out_of_range");
/// # Ok::<_, Invalid>(())
/// ```
#[derive(Debug)]
pub struct PageRequest<K: IdKind> {
    /// Page number, from 1.
    pub number: u32,
    /// Rows per page.
    pub size: PageSize,
    /// Where the page starts.
    pub anchor: Anchor<K>,
}

impl<K: IdKind> Clone for PageRequest<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: IdKind> Copy for PageRequest<K> {}

impl<K: IdKind> PageRequest<K> {
    /// The page with this number (from 1).
    pub const fn number(number: u32, size: PageSize) -> Self {
        Self {
            number,
            size,
            anchor: Anchor::Number,
        }
    }

    /// Rows to skip when the page starts by its number.
    pub fn offset(&self) -> u64 {
        u64::from(self.number.saturating_sub(1)) * u64::from(self.size.get())
    }
}

/// One page of a list, in list order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// All rows of the list, on whatever page.
    pub count: u64,
    /// The rows of this page.
    pub items: Vec<T>,
    /// Whether rows follow this page.
    pub has_next: bool,
}

/// A whole list, page by page: for lists that a quota or their owner bounds.
pub(crate) async fn all<K: IdKind, T, F>(
    list: impl Fn(PageRequest<K>) -> F,
    id: impl Fn(&T) -> Id<K>,
) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let size = PageSize::new(MAX_PAGE_SIZE.into()).unwrap_or(PageSize::DEFAULT);
    let mut request = PageRequest::number(1, size);
    let mut rows = Vec::new();
    loop {
        let page = list(request).await?;
        rows.extend(page.items);
        match rows.last() {
            Some(row) if page.has_next => request.anchor = Anchor::After(id(row)),
            _ => return Ok(rows),
        }
    }
}
