//! What changes of e-mail addresses do to devices.

use super::email_undo::undo;
use super::trial::Trial;

pub(super) async fn neither_confirmation_nor_undo_drops_devices(t: Trial) {
    let ada = t.user("ada").await;
    let device = t.device(ada.id, "token").await;
    let (_, confirmed) = t.moved(&ada, "new@example.org").await;
    assert_eq!(t.devices(ada.id).await, std::slice::from_ref(&device));
    let done = t.store.email_changes.undo(t.write(undo(&t, &confirmed)));
    assert!(done.await.expect("undo"));
    assert_eq!(t.devices(ada.id).await, [device]);
}
