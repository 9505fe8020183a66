//! The letters that a service has delivered.

use std::time::{Duration, Instant};

use super::TestApp;

impl TestApp {
    /// Waits until this many letters to an address have been delivered, and
    /// answers them, oldest first.
    pub(crate) async fn letters(&self, to: &str, count: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let letters = self.letters_now(to);
            if letters.len() >= count {
                return letters;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {count} letters to {to}:\n{}",
                letters.len(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The letters to an address that are there now, oldest first.
    pub(crate) fn letters_now(&self, to: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data_dir().join("mail")) else {
            return Vec::new();
        };
        let mut letters: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .map(|path| {
                let modified = path.metadata().unwrap().modified().unwrap();
                (
                    modified,
                    path.clone(),
                    std::fs::read_to_string(&path).unwrap(),
                )
            })
            .filter(|(_, _, letter)| {
                letter
                    .lines()
                    .any(|line| line.starts_with("To:") && line.contains(to))
            })
            .collect();
        letters.sort();
        letters.into_iter().map(|(_, _, letter)| letter).collect()
    }

    /// The value of a parameter of the link in the newest letter with one.
    pub(crate) async fn mailed_link(&self, to: &str, parameter: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let letters = self.letters_now(to);
            let with_link = letters
                .iter()
                .rev()
                .find(|letter| letter.contains(&format!("{parameter}=")));
            if let Some(letter) = with_link {
                return link_parameter(letter, parameter);
            }
            assert!(Instant::now() < deadline, "no {parameter} to {to}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The value of a parameter of the link in the newest of `count` letters;
    /// letters without a link, such as notices, count but are passed over.
    pub(crate) async fn mailed(&self, to: &str, count: usize, parameter: &str) -> String {
        let letters = self.letters(to, count).await;
        let link = letters.iter().rev().find(|letter| link(letter).is_some());
        link_parameter(link.expect("a letter with a link"), parameter)
    }

    /// Waits for a letter with this subject, and answers the newest such one.
    pub(crate) async fn letter_about(&self, to: &str, subject: &str) -> String {
        let wanted = format!("Subject: {subject}");
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let mut letters = self.letters_now(to);
            letters.retain(|letter| letter.lines().any(|line| line == wanted));
            if let Some(letter) = letters.pop() {
                return letter;
            }
            assert!(
                Instant::now() < deadline,
                "no letter to {to} about {subject:?}:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The link in a letter.
pub(crate) fn link(letter: &str) -> Option<&str> {
    letter
        .lines()
        .find(|line| line.starts_with("http://") || line.starts_with("https://"))
}

/// A parameter of the link in a letter.
pub(crate) fn link_parameter(letter: &str, parameter: &str) -> String {
    let link = link(letter).unwrap_or_else(|| panic!("no link in {letter}"));
    let query = link.split_once('?').unwrap().1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{parameter}=")))
        .unwrap_or_else(|| panic!("no {parameter} in {link}"))
        .to_owned()
}

/// The six digits of a letter, alone on a line before the link.
pub(crate) fn code(letter: &str) -> String {
    let before = letter.lines().take_while(|line| !line.starts_with("http"));
    before
        .filter(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()))
        .last()
        .unwrap_or_else(|| panic!("no code in {letter}"))
        .to_owned()
}
