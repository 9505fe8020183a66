use std::sync::Barrier;
use std::thread;

use super::*;

fn mode(path: &Path) -> u32 {
    let metadata = fs::metadata(path).expect("the file");
    metadata.permissions().mode() & 0o7777
}

fn all_keys(secrets: &Secrets) -> Vec<Vec<u8>> {
    let lists = [&secrets.signing, &secrets.payload, &secrets.peppers];
    lists
        .into_iter()
        .flatten()
        .chain([&secrets.mac])
        .map(|key| key.bytes().to_vec())
        .collect()
}

#[test]
fn made_once_for_the_owner_only_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let made = Secrets::load_or_create(&path).expect("made");
    assert_eq!(mode(&path), 0o600);
    let text = fs::read(&path).expect("read");
    let read = Secrets::load_or_create(&path).expect("read");
    assert_eq!(all_keys(&made), all_keys(&read));
    assert_eq!(fs::read(&path).expect("read"), text);
    let names: Vec<_> = fs::read_dir(folder.path()).expect("listed").collect();
    assert_eq!(names.len(), 1, "no temporary file is left");
}

#[test]
fn processes_that_start_at_once_end_with_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let barrier = Barrier::new(8);
    let made: Vec<_> = thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    all_keys(&Secrets::load_or_create(&path).expect("loaded"))
                })
            })
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().expect("no panic"))
            .collect()
    });
    assert!(made.iter().all(|keys| *keys == made[0]));
}

#[test]
fn a_file_open_to_others_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    Secrets::load_or_create(&path).expect("made");
    for open in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).expect("opened");
        let error = Secrets::load_or_create(&path).expect_err("refused");
        assert!(matches!(error, SecretsError::Exposed { mode, .. } if mode == open));
        assert!(error.to_string().contains("chmod 600"));
    }
}

#[test]
fn a_damaged_file_stops_with_one_line_that_shows_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let secrets = Secrets::load_or_create(&path).expect("made");
    let text = fs::read_to_string(&path).expect("read");
    let mac = STANDARD.encode(secrets.mac.bytes());
    let damages = [
        String::new(),
        text[..text.len() / 2].to_owned(),
        text.replace("\"format\": 1", "\"format\": 2"),
        text.replace("mac_key", "mack_ey"),
        text.replace(&mac, &mac[..20]),
        text.replace(&mac, "not base64"),
        text.replace(&format!("\"{mac}\""), "7"),
        text.replace(&secrets.mac.id, "../x"),
        text.replace(&secrets.signing[0].id, ""),
        text.replace(
            &STANDARD.encode(secrets.signing[0].bytes()),
            &STANDARD.encode([7; 48]),
        ),
    ];
    for damaged in damages {
        assert_ne!(damaged, text);
        fs::write(&path, &damaged).expect("damaged");
        let error = Secrets::load_or_create(&path).expect_err("refused");
        let line = error.to_string();
        assert!(matches!(error, SecretsError::Damaged { .. }), "{line}");
        assert!(!line.contains('\n') && !line.contains(&mac[..8]), "{line}");
        assert_eq!(fs::read_to_string(&path).expect("kept"), damaged);
    }
}

#[test]
fn debug_shows_no_key() {
    let secrets = Secrets::generate();
    let shown = format!("{secrets:?}");
    for key in all_keys(&secrets) {
        assert!(!shown.contains(&STANDARD.encode(&key)));
        assert!(!shown.contains(&format!("{key:?}")));
        assert!(!shown.contains(&format!("{key:02x?}")));
    }
}
