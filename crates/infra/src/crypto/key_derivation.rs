//! HKDF-SHA-256 (RFC 5869): one key of the secrets file serves several ends
//! without any of them learning another's key.

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};

/// Length of a key, in bytes.
pub(super) const KEY_LENGTH: usize = 32;

/// A key for one `purpose`, from key material under a salt.
pub(super) fn derive(salt: &[u8], material: &[u8], purpose: &[u8]) -> [u8; KEY_LENGTH] {
    let mut key = [0; KEY_LENGTH];
    Salt::new(HKDF_SHA256, salt)
        .extract(material)
        .expand(&[purpose], HKDF_SHA256)
        .and_then(|output| output.fill(&mut key))
        .expect("HKDF-SHA-256 gives up to 8160 bytes");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, test case 1, whose first block is all of a shorter output.
    #[test]
    fn agrees_with_rfc_5869() {
        let salt: Vec<u8> = (0x00..=0x0c).collect();
        let purpose: Vec<u8> = (0xf0..=0xf9).collect();
        let block = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
        let expected: Vec<u8> = (0..KEY_LENGTH)
            .map(|at| u8::from_str_radix(&block[2 * at..2 * at + 2], 16).expect("hex"))
            .collect();
        assert_eq!(derive(&salt, &[0x0b; 22], &purpose), expected[..]);
    }
}
