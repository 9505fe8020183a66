//! How much memory the service takes for something.

use std::fs;

use super::TestApp;

impl TestApp {
    /// What it has now, in KiB. From here on its peak is that of what follows.
    pub(crate) fn memory_before(&self) -> u64 {
        fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").unwrap();
        self.memory("VmRSS:")
    }

    /// The most that it had since then, in KiB.
    pub(crate) fn peak_of_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let number = line.split_whitespace().nth(1).unwrap();
        number.parse().unwrap()
    }
}
