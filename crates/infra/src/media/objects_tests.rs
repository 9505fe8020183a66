use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, ObjectMedia) {
    let folder = TempDir::new().expect("a folder");
    let location = MediaLocation::Folder(folder.path().join("media"));
    let media = ObjectMedia::open(&location).expect("opened");
    (folder, media)
}

#[tokio::test]
async fn objects_are_put_replaced_read_and_deleted() {
    let (_folder, media) = folder();
    assert_eq!(media.get("avatars/a.webp").await.expect("get"), None);
    for content in [b"first".to_vec(), b"second".to_vec()] {
        media
            .put("avatars/a.webp", content.clone())
            .await
            .expect("put");
        let found = media.get("avatars/a.webp").await.expect("get");
        assert_eq!(found, Some(content));
    }
    media.delete("avatars/a.webp").await.expect("delete");
    assert_eq!(media.get("avatars/a.webp").await.expect("get"), None);
    media.delete("avatars/a.webp").await.expect("again");
}

#[tokio::test]
async fn a_listing_has_every_object_of_its_folder_with_its_time() {
    let (_folder, media) = folder();
    let nothing = media.list("avatars").await.expect("list").next(10).await;
    assert_eq!(nothing.expect("next"), []);
    let mut names = Vec::new();
    for number in 0..7 {
        let name = format!("avatars/{number}.webp");
        media.put(&name, vec![number]).await.expect("put");
        names.push(name);
    }
    media.put("other/x.webp", Vec::new()).await.expect("put");
    let mut listing = media.list("avatars").await.expect("list");
    let mut found = Vec::new();
    loop {
        let objects = listing.next(3).await.expect("next");
        assert!(objects.len() <= 3);
        if objects.is_empty() {
            break;
        }
        for object in objects {
            assert!(object.modified.as_micros() > 1_600_000_000_000_000);
            found.push(object.name);
        }
    }
    found.sort();
    assert_eq!(found, names);
}

#[tokio::test]
async fn no_name_leads_out_of_the_folder() {
    let (folder, media) = folder();
    media.put("../../evil", b"x".to_vec()).await.expect("put");
    let beside: Vec<_> = std::fs::read_dir(folder.path()).expect("read").collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told() {
    let (folder, _media) = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("written");
    let refused = ObjectMedia::open(&MediaLocation::Folder(file.join("media")));
    refused.expect_err("below a file");
}
