//! The contract suite on a file of its own for each case, and what only this
//! adapter can get wrong.

use std::fs;
use std::path::Path;

use async_trait::async_trait;
use redb::{Database, Table, TableDefinition};
use tempfile::TempDir;
use vestibule_domain::app::Storage;
use vestibule_domain::kernel::{StoreError, Write};
use vestibule_testkit::contract::Harness;
use vestibule_testkit::fixtures::{Fixtures, new_user};
use vestibule_testkit::storage_contract;

use crate::MAIL_KEY;
use crate::database::RedbStorage;

struct RedbHarness {
    store: RedbStorage,
    /// Deleted when the case ends.
    _folder: TempDir,
}

async fn open() -> RedbHarness {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let store = reopen(&path).await;
    RedbHarness {
        store,
        _folder: folder,
    }
}

#[async_trait]
impl Harness for RedbHarness {
    async fn storage(&self) -> Storage {
        self.store.storage()
    }

    /// redb opens a file once in a process, so this is a handle onto the same
    /// `Database`. The adapter keeps nothing between two calls: each begins a
    /// transaction, and so sees what was committed and nothing else.
    async fn fresh(&self) -> Storage {
        self.store.storage()
    }
}

storage_contract!(
    contract,
    open,
    features: [users, credentials, sessions, devices, idempotency, outbox, activity]
);

/// A damaged value is an error that says where it stands, never an absence.
#[tokio::test]
async fn a_damaged_row_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let make = Fixtures::default();
    let account = make.account("ada");
    let store = reopen(&path).await;
    let register = Write::new(new_user(account.clone()), make.now());
    let registered = store.storage().users.register(register).await;
    registered.expect("register");
    drop(store);

    let key = account.id.to_string();
    let whole = edit(&path, "users", |users| take(users, &key));
    let cases = [
        (r#""theme":null"#, r#""theme":"""#, "theme"),
        (r#""username":"ada""#, r#""username":"a""#, "username"),
        (r#""email_verified":false"#, "", "value"),
    ];
    for (text, damage, place) in cases {
        let damaged = whole.replace(text, damage);
        edit(&path, "users", |users| give(users, &key, &damaged));
        let store = reopen(&path).await;
        let found = store.storage().users.account(account.id).await;
        let Err(StoreError::Corrupt { table, column, row }) = found else {
            panic!("expected a corrupt {place}, got {found:?}");
        };
        assert_eq!((table, column, &row), ("users", place, &key));
    }
    edit(&path, "users", |users| give(users, &key, &whole));
    let users = reopen(&path).await.storage().users;
    let found = users.account(account.id).await.expect("account");
    assert_eq!(found.as_deref(), Some(&account));
}

/// Letters hold secrets: they are encrypted, each for its own row.
#[tokio::test]
async fn a_letter_opens_under_its_key_and_in_its_row_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.redb");
    let make = Fixtures::default();
    let (job, other) = (make.job(None), make.job(None));
    let store = reopen(&path).await;
    let write: Write<()> = Write::new((), make.now()).job(job.clone());
    store.storage().once.record(write).await.expect("record");
    drop(store);

    let claim = async |mail_key| {
        let store = RedbStorage::open(&path, mail_key).await.expect("the file");
        let now = make.now();
        store.storage().outbox.claim(now, now, 1).await
    };
    let letter = ("jobs", "letter");
    let under_another_key = claim([0; 32]).await;
    assert!(
        is_corrupt(&under_another_key, letter),
        "{under_another_key:?}"
    );
    let (own, foreign) = (job.id.to_string(), other.id.to_string());
    edit(&path, "jobs", |jobs| {
        let row = take(jobs, &own);
        give(jobs, &foreign, &row);
    });
    let in_another_row = claim(MAIL_KEY).await;
    assert!(is_corrupt(&in_another_row, letter), "{in_another_row:?}");
    edit(&path, "jobs", |jobs| {
        let row = take(jobs, &foreign);
        give(jobs, &own, &row);
    });
    let claimed = claim(MAIL_KEY).await.expect("claim");
    assert!(claimed.len() == 1 && claimed[0].work == job.work);
}

fn is_corrupt<T>(answer: &Result<T, StoreError>, place: (&str, &str)) -> bool {
    matches!(answer, Err(StoreError::Corrupt { table, column, .. }) if (*table, *column) == place)
}

async fn reopen(path: &Path) -> RedbStorage {
    RedbStorage::open(path, MAIL_KEY).await.expect("the file")
}

type Raw<'a> = Table<'a, &'static str, &'static [u8]>;

/// Changes a table behind the adapter's back.
fn edit<T>(path: &Path, table: &str, change: impl FnOnce(&mut Raw<'_>) -> T) -> T {
    let database = Database::create(path).expect("the file");
    let tx = database.begin_write().expect("a transaction");
    let mut raw = tx
        .open_table(TableDefinition::new(table))
        .expect("the table");
    let changed = change(&mut raw);
    drop(raw);
    tx.commit().expect("commit");
    changed
}

fn take(table: &mut Raw<'_>, key: &str) -> String {
    let row = table.remove(key).expect("remove").expect("the row");
    String::from_utf8(row.value().to_vec()).expect("JSON")
}

fn give(table: &mut Raw<'_>, key: &str, row: &str) {
    table.insert(key, row.as_bytes()).expect("insert");
}

/// The excerpts of docs/ADAPTERS.md are what stands here. Each names its file
/// in its first line; indentation does not count.
#[test]
fn the_guide_quotes_this_adapter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let guide = fs::read_to_string(root.join("docs/ADAPTERS.md")).expect("the guide");
    let excerpts: Vec<_> = guide.split("```rust\n").skip(1).collect();
    assert!(excerpts.len() >= 5, "the guide has excerpts");
    let flat = |text: &str| {
        let lines = text.lines().map(str::trim);
        lines.collect::<Vec<_>>().join("\n")
    };
    for excerpt in excerpts {
        let (excerpt, _) = excerpt.split_once("```").expect("the end of an excerpt");
        let (name, quoted) = excerpt.split_once('\n').expect("a name and code");
        let name = name.strip_prefix("// ").expect("the name of a file");
        let path = root.join("crates/testkit/examples").join(name);
        let source = fs::read_to_string(&path).expect(name);
        let quoted = flat(quoted.trim());
        assert!(!quoted.is_empty(), "an empty excerpt of {name}");
        assert!(flat(&source).contains(&quoted), "not in {name}:\n{quoted}");
    }
}
