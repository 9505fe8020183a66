//! How easily a password is guessed.

use vestibule_domain::credentials::PasswordStrength;
use zxcvbn::zxcvbn;

/// Entries of zxcvbn's list of known passwords: what takes no more guesses is
/// on it, or as easily guessed.
const LIST_LENGTH: u64 = 30_000;
/// The longest entry of that list is 20 characters long; zxcvbn's time grows
/// with the square of the length and more, and is below 1 ms up to here.
const LONGEST_LISTED: usize = 23;

/// Well-known passwords longer than zxcvbn's list has them.
const KNOWN_LONG: [&str; 12] = [
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "abcdefghijklmnopqrstuvwxyz",
    "asdfghjklqwertyuiopzxcvbnm",
    "correct horse battery staple",
    "correct-horse-battery-staple",
    "correcthorsebatterystaple",
    "qazwsxedcrfvtgbyhnujmikolp",
    "qwertyuiopasdfghjklzxcvbnm",
    "thequickbrownfoxjumpsoverthelazydog",
    "the quick brown fox jumps over the lazy dog",
    "zxcvbnmasdfghjklqwertyuiop",
];

/// The domain's `PasswordStrength` by zxcvbn, whose list of 30 000 known
/// passwords is the blocklist.
#[derive(Debug, Clone, Copy, Default)]
pub struct ZxcvbnStrength;

impl PasswordStrength for ZxcvbnStrength {
    fn is_common(&self, password: &str) -> bool {
        let lower = password.to_lowercase();
        KNOWN_LONG.contains(&lower.as_str())
            || (lower.chars().count() <= LONGEST_LISTED
                && zxcvbn(&lower, &[]).guesses() <= LIST_LENGTH)
    }

    fn score(&self, password: &str, own_words: &[&str]) -> u8 {
        zxcvbn(password, own_words).score().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_passwords_are_common_in_any_case() {
        for password in [
            "password",
            "PassWord",
            "password1",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "trustno1",
            "1q2w3e4r5t",
            "p@ssw0rd",
            "12345678901234567890",
            "1Q2w3e4r5t6y7u8i9o0p",
            "QwertyuiopAsdfghjklZxcvbnm",
        ] {
            assert!(ZxcvbnStrength.is_common(password), "{password}");
        }
    }

    #[test]
    fn others_are_not() {
        for password in [
            "OldPass123",
            "NewSecure456",
            "horse-paint-41-lamp",
            "dR7#kq0!mZ",
            "a sentence that only its author would write",
            "Ein Satz mit Umlauten: äöü ÄÖÜ ß",
            "𝒶𝓁𝓅𝒽𝒶 and 🦀🦀🦀🦀 and more",
            "Kx9!vQ2#Kx9!vQ2#Kx9!vQ2#",
            "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
        ] {
            assert!(!ZxcvbnStrength.is_common(password), "{password}");
        }
    }

    #[test]
    fn scores_are_zxcvbn_s_and_own_words_lower_them() {
        assert_eq!(ZxcvbnStrength.score("password", &[]), 0);
        assert_eq!(ZxcvbnStrength.score("OldPass123", &[]), 2);
        assert_eq!(ZxcvbnStrength.score("NewSecure456", &[]), 3);
        assert_eq!(ZxcvbnStrength.score("kq0 mZ7 dR#", &[]), 4);
        let own = "bartholomaeus";
        assert!(ZxcvbnStrength.score(own, &[]) > ZxcvbnStrength.score(own, &[own]));
    }

    #[test]
    fn a_long_password_is_judged_without_zxcvbn() {
        let long: String = ('!'..='~').cycle().step_by(7).take(256).collect();
        assert!(!ZxcvbnStrength.is_common(&long));
    }
}
