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

    /// The value of a parameter of the link in the newest of `count` letters.
    pub(crate) async fn mailed(&self, to: &str, count: usize, parameter: &str) -> String {
        let letters = self.letters(to, count).await;
        link_parameter(letters.last().unwrap(), parameter)
    }
}

/// A parameter of the link in a letter.
fn link_parameter(letter: &str, parameter: &str) -> String {
    let link = letter
        .lines()
        .find(|line| line.starts_with("http://") || line.starts_with("https://"))
        .unwrap_or_else(|| panic!("no link in {letter}"));
    let query = link.split_once('?').unwrap().1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{parameter}=")))
        .unwrap_or_else(|| panic!("no {parameter} in {link}"))
        .to_owned()
}
