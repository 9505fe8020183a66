use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule_domain::credentials::{
    HashError, PasswordHash, PasswordHasher, PasswordStrength, Verified,
};
use vestibule_domain::kernel::Secret;

use super::secrets::hash;

/// Hashes at once. A hash bears its `cost`, and is outdated under another one.
#[derive(Debug, Default)]
pub struct QuickHasher {
    /// What new hashes are made with.
    pub cost: u32,
}

impl QuickHasher {
    fn encode(&self, password: &Secret) -> PasswordHash {
        PasswordHash::new(format!("$quick${}${}", self.cost, sum(password)))
    }
}

fn sum(password: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(hash("password", password.expose().as_bytes()).0)
}

#[async_trait]
impl PasswordHasher for QuickHasher {
    async fn hash(&self, password: &Secret) -> Result<PasswordHash, HashError> {
        Ok(self.encode(password))
    }

    async fn hash_later(&self, password: &Secret) -> Result<PasswordHash, HashError> {
        Ok(self.encode(password))
    }

    async fn verify<'a>(
        &self,
        password: &Secret,
        hash: Option<&'a PasswordHash>,
    ) -> Result<Verified, HashError> {
        let parts = hash
            .and_then(|hash| hash.as_str().strip_prefix("$quick$"))
            .and_then(|rest| rest.split_once('$'));
        Ok(Verified {
            matches: parts.is_some_and(|(_, found)| found == sum(password)),
            outdated: parts.is_some_and(|(cost, _)| cost != self.cost.to_string()),
        })
    }
}

/// Knows a handful of common passwords, and scores by the number of different
/// characters: 4 and fewer 0, then one point for each two more, at most 4.
#[derive(Debug, Default)]
pub struct SimpleStrength;

impl PasswordStrength for SimpleStrength {
    fn is_common(&self, password: &str) -> bool {
        const COMMON: [&str; 5] = [
            "password",
            "password1",
            "12345678",
            "qwertyuiop",
            "iloveyou",
        ];
        COMMON.contains(&password.to_lowercase().as_str())
    }

    fn score(&self, password: &str, own_words: &[&str]) -> u8 {
        let own = own_words
            .iter()
            .any(|word| word.eq_ignore_ascii_case(password));
        if own {
            return 0;
        }
        let mut characters: Vec<char> = password.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        match characters.len() {
            0..=4 => 0,
            5..=6 => 1,
            7..=8 => 2,
            9..=10 => 3,
            _ => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let hasher = QuickHasher { cost: 1 };
        let hash = hasher.hash(&Secret::new("right")).await.expect("hash");
        let check = async |password: &str, hash: Option<&PasswordHash>| {
            hasher
                .verify(&Secret::new(password), hash)
                .await
                .expect("verify")
        };
        let right = check("right", Some(&hash)).await;
        assert!(right.matches && !right.outdated);
        assert!(!check("wrong", Some(&hash)).await.matches);
        assert!(!check("right", None).await.matches);
        let foreign = PasswordHash::new("$2b$04$right");
        assert!(!check("right", Some(&foreign)).await.matches);
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_outdated() {
        let old = QuickHasher { cost: 1 };
        let password = Secret::new("right");
        let hash = old.hash(&password).await.expect("hash");
        let verified = QuickHasher { cost: 2 }.verify(&password, Some(&hash)).await;
        let verified = verified.expect("verify");
        assert!(verified.matches && verified.outdated);
    }

    #[test]
    fn weak_and_common_passwords_are_told() {
        assert!(SimpleStrength.is_common("PassWord"));
        assert!(!SimpleStrength.is_common("correct horse"));
        assert_eq!(SimpleStrength.score("aaaaaaaaaaaa", &[]), 0);
        assert_eq!(SimpleStrength.score("correct horse", &[]), 2);
        assert_eq!(SimpleStrength.score("Lovelace", &["lovelace"]), 0);
    }
}
