//! What was rendered of account snapshots that the storage cache holds.

use std::sync::Arc;

use quick_cache::sync::Cache;
use vestibule_domain::kernel::UserId;
use vestibule_domain::users::Account;

/// Renderings of one kind, one for each user.
///
/// An entry counts only for the very snapshot that it was rendered from, by
/// identity: a new snapshot, whatever made it, is rendered anew. So it can be
/// no staler than the storage cache.
pub(crate) struct Rendered<T>(Option<Cache<UserId, (Arc<Account>, T)>>);

impl<T: Clone> Rendered<T> {
    /// Up to so many entries; 0 switches it off.
    pub(crate) fn new(entries: usize) -> Self {
        Self((entries > 0).then(|| Cache::new(entries)))
    }

    /// What `render` makes of the account, or has made of it before.
    pub(crate) fn of(&self, account: &Arc<Account>, render: impl FnOnce() -> T) -> T {
        let Some(cache) = &self.0 else {
            return render();
        };
        match cache.get(&account.id) {
            Some((snapshot, rendered)) if Arc::ptr_eq(&snapshot, account) => rendered,
            _ => {
                let rendered = render();
                cache.insert(account.id, (Arc::clone(account), rendered.clone()));
                rendered
            }
        }
    }
}
