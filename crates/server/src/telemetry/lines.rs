//! Lines that wait to be written, and their time stamps.

use vestibule_domain::kernel::Timestamp;

/// Bytes that may wait in one thread's share: what is logged above it is lost,
/// so that a log that nobody reads holds up no request.
const MOST_BYTES: usize = 1024 * 1024;
/// Bytes that are worth being written before their time.
const MANY_BYTES: usize = 64 * 1024;
/// Larger buffers are not kept for reuse.
const KEPT_BYTES: usize = 128 * 1024;
/// `2026-01-31T23:59:59`.
const SECOND_LENGTH: usize = 19;

/// Whole lines, each with its line feed.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    lost: u64,
    second: i64,
    second_text: [u8; SECOND_LENGTH],
}

impl Lines {
    /// Appends what `write` writes, unless there is too much already. Answers
    /// whether it is time to wake the writer.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut LineWriter<'_>)) -> bool {
        if self.bytes.len() >= MOST_BYTES {
            self.lost += 1;
            return false;
        }
        let before = self.bytes.len();
        write(&mut LineWriter(self));
        before < MANY_BYTES && self.bytes.len() >= MANY_BYTES
    }

    /// Swaps all lines with `empty`. Answers how many were lost meanwhile.
    pub(super) fn take(&mut self, empty: &mut Vec<u8>) -> u64 {
        empty.clear();
        if empty.capacity() > KEPT_BYTES {
            *empty = Vec::new();
        }
        std::mem::swap(&mut self.bytes, empty);
        std::mem::take(&mut self.lost)
    }

    /// Takes over the lines of a thread that has ended.
    pub(super) fn absorb(&mut self, other: &mut Self) {
        self.bytes.append(&mut other.bytes);
        self.lost += std::mem::take(&mut other.lost);
    }
}

/// Writes into a line.
pub(super) struct LineWriter<'a>(&'a mut Lines);

impl LineWriter<'_> {
    /// Bytes, as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.bytes.extend_from_slice(bytes);
    }

    /// A number.
    pub(super) fn number(&mut self, number: u64) {
        self.raw(itoa::Buffer::new().format(number).as_bytes());
    }

    /// RFC 3339, UTC, six fraction digits.
    pub(super) fn time(&mut self, time: Timestamp) {
        let second = time.as_seconds();
        let lines = &mut *self.0;
        if lines.second != second || lines.second_text[0] == 0 {
            let text = Timestamp::from_micros(second.saturating_mul(1_000_000)).to_string();
            if let Some(text) = text.as_bytes().first_chunk() {
                lines.second = second;
                lines.second_text = *text;
            }
        }
        lines.bytes.extend_from_slice(&lines.second_text);
        let mut fraction = *b".000000Z";
        let mut micros = time.as_micros().rem_euclid(1_000_000).unsigned_abs();
        for digit in fraction[1..7].iter_mut().rev() {
            *digit = b'0' + u8::try_from(micros % 10).unwrap_or(0);
            micros /= 10;
        }
        self.raw(&fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(lines: &mut Lines) -> (String, u64) {
        let mut bytes = Vec::new();
        let lost = lines.take(&mut bytes);
        (String::from_utf8(bytes).expect("text"), lost)
    }

    #[test]
    fn times_are_rfc_3339_also_across_seconds() {
        let mut lines = Lines::default();
        for micros in [0, 1, 999_999, 1_000_000, 1_767_225_599_123_456, 5] {
            lines.append(|line| {
                line.time(Timestamp::from_micros(micros));
                line.raw(b"\n");
            });
        }
        let expected = "1970-01-01T00:00:00.000000Z\n1970-01-01T00:00:00.000001Z\n\
             1970-01-01T00:00:00.999999Z\n1970-01-01T00:00:01.000000Z\n\
             2025-12-31T23:59:59.123456Z\n1970-01-01T00:00:00.000005Z\n";
        assert_eq!(taken(&mut lines), (expected.to_owned(), 0));
    }

    #[test]
    fn above_the_bound_lines_are_lost_and_counted() {
        let mut lines = Lines::default();
        let line = vec![b'x'; 1024];
        let woken: Vec<_> = (0..1030)
            .filter(|_| lines.append(|writer| writer.raw(&line)))
            .collect();
        assert_eq!(woken, [63], "woken once, at 64 KiB");
        let (text, lost) = taken(&mut lines);
        assert_eq!((text.len(), lost), (1024 * 1024, 6));
        assert_eq!(taken(&mut lines), (String::new(), 0));
    }
}
