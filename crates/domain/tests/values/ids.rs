//! Ids: one spelling each, ordered like their numbers.

use proptest::prelude::*;
use uuid::Uuid;
use vestibule_domain::kernel::{
    ActivityId, AddressId, ApiKeyId, DeviceId, Id, IdKind, InquiryId, JobId, ReplyId, SessionId,
    UserId,
};

fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

proptest! {
    #[test]
    fn read_back_what_is_shown(number: u128) {
        let id = user(number);
        let text = id.to_string();
        prop_assert_eq!(text.len(), 30);
        prop_assert!(text.starts_with("usr_"));
        prop_assert_eq!(text.parse::<UserId>(), Ok(id));
        prop_assert_eq!(id.uuid().as_u128(), number);
        prop_assert_eq!(format!("{id:?}"), text.clone());
        prop_assert_eq!(serde_json::to_value(id).ok(), Some(serde_json::Value::String(text)));
    }

    #[test]
    fn order_as_text_is_order_as_number(a: u128, b: u128) {
        prop_assert_eq!(user(a).to_string().cmp(&user(b).to_string()), a.cmp(&b));
        prop_assert_eq!(user(a).cmp(&user(b)), a.cmp(&b));
    }

    /// Whatever is an id at all is the one spelling of it.
    #[test]
    fn one_spelling_only(text in "(usr_)?[0-7a-zA-Z][0-9a-zA-Z]{25}") {
        if let Ok(id) = text.parse::<UserId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}

#[test]
fn the_vectors_of_the_specification() {
    for (suffix, uuid) in [
        (
            "00000000000000000000000000",
            "00000000-0000-0000-0000-000000000000",
        ),
        (
            "00000000000000000000000001",
            "00000000-0000-0000-0000-000000000001",
        ),
        (
            "0000000000000000000000000g",
            "00000000-0000-0000-0000-000000000010",
        ),
        (
            "7zzzzzzzzzzzzzzzzzzzzzzzzz",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ),
        (
            "01h455vb4pex5vsknk084sn02q",
            "01890a5d-ac96-774b-bcce-b302099a8057",
        ),
    ] {
        let id: UserId = format!("usr_{suffix}").parse().expect("an id");
        assert_eq!(id.uuid().to_string(), uuid);
    }
}

#[test]
fn anything_else_is_refused() {
    let good = "usr_01h455vb4pex5vsknk084sn02q";
    assert!(good.parse::<UserId>().is_ok());
    for bad in [
        "",
        "usr",
        "usr_",
        "01h455vb4pex5vsknk084sn02q",
        "_01h455vb4pex5vsknk084sn02q",
        "ses_01h455vb4pex5vsknk084sn02q",
        "usr-01h455vb4pex5vsknk084sn02q",
        "usr_01h455vb4pex5vsknk084sn02",
        "usr_01h455vb4pex5vsknk084sn02qq",
        "usr_01H455VB4PEX5VSKNK084SN02Q",
        "USR_01h455vb4pex5vsknk084sn02q",
        // Crockford reads O as 0, I and L as 1.
        "usr_o1h455vb4pex5vsknk084sn02q",
        "usr_0ih455vb4pex5vsknk084sn02q",
        "usr_0lh455vb4pex5vsknk084sn02q",
        "usr_u1h455vb4pex5vsknk084sn02q",
        // 129 bits.
        "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        " usr_01h455vb4pex5vsknk084sn02q",
        "usr_01h455vb4pex5vsknk084sn02\u{1f600}",
        "01890a5d-ac96-774b-bcce-b302099a8057",
    ] {
        assert!(bad.parse::<UserId>().is_err(), "{bad:?}");
    }
}

#[test]
fn prefixes_are_those_of_the_contract() {
    fn shown<K: IdKind>(id: Id<K>) -> String {
        id.to_string()
            .split('_')
            .next()
            .unwrap_or_default()
            .to_owned()
    }
    let nil = Uuid::nil();
    assert_eq!(shown(UserId::from_uuid(nil)), "usr");
    assert_eq!(shown(SessionId::from_uuid(nil)), "ses");
    assert_eq!(shown(DeviceId::from_uuid(nil)), "dev");
    assert_eq!(shown(InquiryId::from_uuid(nil)), "inq");
    assert_eq!(shown(ReplyId::from_uuid(nil)), "rpl");
    assert_eq!(shown(AddressId::from_uuid(nil)), "adr");
    assert_eq!(shown(ApiKeyId::from_uuid(nil)), "key");
    assert_eq!(shown(ActivityId::from_uuid(nil)), "act");
    assert_eq!(shown(JobId::from_uuid(nil)), "job");
}
