//! Hashes of documents, as requests and files write them.

use crate::document::Hash;

/// Reads 64 hexadecimal digits, in either case.
pub(super) fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_64_digits() {
        assert_eq!(parse_hash(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(parse_hash(&"0F".repeat(32)), Some([15; 32]));
        for text in ["", "0f", &"0f".repeat(33), &"0g".repeat(32), &"é".repeat(32), &"0f".repeat(32)[1..]] {
            assert_eq!(parse_hash(text), None, "{text}");
        }
    }
}
