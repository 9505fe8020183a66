//! What makes a password acceptable (CONTRACTS.md section 1).

use std::cell::RefCell;
use std::sync::Mutex;

use proptest::prelude::*;
use vestibule_domain::credentials::{
    PasswordContext, PasswordStrength, new_password, normalize_password,
};
use vestibule_domain::kernel::{Invalid, Secret};

use crate::code;

/// Knows one common password; gives each other one the same score.
struct Strength {
    score: u8,
    own_words: Mutex<RefCell<Vec<String>>>,
}

impl Strength {
    fn of(score: u8) -> Self {
        Self {
            score,
            own_words: Mutex::default(),
        }
    }
}

impl PasswordStrength for Strength {
    fn is_common(&self, password: &str) -> bool {
        password.eq_ignore_ascii_case("correcthorsebatterystaple")
    }

    fn score(&self, _password: &str, own_words: &[&str]) -> u8 {
        let words = own_words.iter().map(|word| (*word).to_owned()).collect();
        self.own_words.lock().expect("not poisoned").replace(words);
        self.score
    }
}

const JANE: PasswordContext<'static> = PasswordContext {
    username: "vinyl_dealer",
    email_local_part: "dealer.jane",
    first_name: "Zoë",
    last_name: "Groß",
};

fn check(raw: &str, score: u8) -> Result<String, Invalid> {
    let password: Secret = new_password(raw, &JANE, &Strength::of(score))?;
    Ok(password.expose().to_owned())
}

proptest! {
    #[test]
    fn lengths_count_code_points_in_nfc(letters in prop::collection::vec(any::<char>(), 0..300)) {
        use unicode_normalization::UnicodeNormalization;
        let raw: String = letters.into_iter().collect();
        let normal: String = raw.nfc().collect();
        let result = check(&raw, 4);
        match normal.chars().count() {
            0..8 => prop_assert_eq!(code(result), "too_short"),
            8..=256 => prop_assert_eq!(result, Ok(normal)),
            _ => prop_assert_eq!(code(result), "too_long"),
        }
    }

    #[test]
    fn normalizing_is_stable(raw in "\\PC{0,100}") {
        let once = normalize_password(&raw).expect("short enough");
        let twice = normalize_password(once.expose()).expect("short enough");
        prop_assert_eq!(once.expose(), twice.expose());
    }
}

#[test]
fn eight_to_256_code_points() {
    for letter in ["é", "\u{1f600}", "e\u{301}", "\u{1112}\u{1161}\u{11ab}"] {
        assert_eq!(code(check(&letter.repeat(7), 4)), "too_short");
        assert!(check(&letter.repeat(8), 4).is_ok());
        assert!(check(&letter.repeat(256), 4).is_ok());
        assert_eq!(code(check(&letter.repeat(257), 4)), "too_long");
    }
    assert_eq!(code(check("", 4)), "too_short");
    assert_eq!(code(check(&"a".repeat(1 << 20), 4)), "too_long");
    assert_eq!(code(normalize_password(&"a".repeat(257))), "too_long");
}

#[test]
fn nfc_and_never_trimmed() {
    assert_eq!(check("  cafe\u{301}\t ", 4).as_deref(), Ok("  café\t "));
    assert_eq!(
        check("\0\u{7}controls", 4).as_deref(),
        Ok("\0\u{7}controls")
    );
}

#[test]
fn common_passwords_are_refused_at_any_length_and_score() {
    assert_eq!(code(check("correcthorsebatterystaple", 4)), "too_common");
    assert_eq!(code(check("CorrectHorseBatteryStaple", 4)), "too_common");
}

#[test]
fn a_score_of_two_below_twenty_code_points_none_above() {
    for score in 0..2 {
        assert_eq!(code(check("nineteen characters", score)), "too_weak");
        assert!(check("twenty characters ok", score).is_ok());
    }
    for score in 2..=4 {
        assert!(check("nineteen characters", score).is_ok());
    }
    assert_eq!(code(check(&"\u{1f600}".repeat(19), 1)), "too_weak");
    assert!(check(&"\u{1f600}".repeat(20), 0).is_ok());
}

#[test]
fn own_words_of_four_characters_or_more_must_not_occur() {
    for bad in [
        "my vinyl_dealer 1",
        "MY-VINYL_DEALER-1",
        "xxdealer.janexx",
        "Dealer.Jane.and.a.very.long.tail.of.words",
        "das ist großartig",
        "DAS IST GROßARTIG",
        "gro\u{df} und klein",
    ] {
        assert_eq!(code(check(bad, 4)), "contains_personal_data", "{bad}");
    }
    // A name of three characters may occur, and so may a part of a word.
    assert!(check("zoë and friends", 4).is_ok());
    assert!(check("a vinyl record", 4).is_ok());
}

#[test]
fn empty_words_occur_nowhere() {
    let nobody = PasswordContext {
        username: "",
        email_local_part: "",
        first_name: "",
        last_name: "",
    };
    assert!(new_password("a vinyl record", &nobody, &Strength::of(4)).is_ok());
}

#[test]
fn the_score_knows_the_words_of_the_account() {
    let strength = Strength::of(4);
    new_password("nineteen characters", &JANE, &strength).expect("good");
    let words = strength.own_words.lock().expect("not poisoned").take();
    assert_eq!(words, ["vinyl_dealer", "dealer.jane", "Zoë", "Groß"]);
}
