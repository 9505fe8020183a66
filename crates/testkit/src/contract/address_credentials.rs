//! What addresses show in credentials.

use vestibule_domain::credentials::TokenKind;

use super::addresses::remove;
use super::trial::Trial;

pub(super) async fn the_credential_knows_whether_there_is_a_primary_address(t: Trial) {
    let ada = t.user("ada").await;
    let token = t.issued(TokenKind::ResetPassword, &ada).await;
    let check = async |expected: bool| {
        for storage in [t.store.clone(), t.fresh().await] {
            let credentials = storage.credentials;
            let found = [
                credentials.by_user(ada.id).await,
                credentials.by_username(&ada.username).await,
                credentials.by_email(&ada.email).await,
                credentials
                    .by_reset_token(ada.id, token.digest, t.make.now())
                    .await,
            ];
            for credential in found {
                let credential = credential.expect("a look-up").expect("a credential");
                assert_eq!(credential.account.has_primary_address, expected);
            }
        }
    };
    check(false).await;
    let address = t.added(ada.id, "Ada", false).await;
    check(true).await;
    let removed = t.store.addresses.remove(t.write(remove(&address))).await;
    removed.expect("remove");
    check(false).await;
}
