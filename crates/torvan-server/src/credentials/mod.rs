//! Passwords, second factors, tokens, and the small secrets that the server keeps sealed.
//!
//! Nothing here knows the database or HTTP. Secrets come and go as [`secrecy`] types, so that `Debug` of anything in this
//! module is safe for a log; what is stored is a hash or a sealed value.

pub mod encryption_keys;
pub mod password;
pub mod rules;
pub mod sealing;
pub mod token;
pub mod totp;

use std::fmt::Write as _;

use rand::TryRng as _;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};

/// The system gave no random bytes: nothing secret can be made now.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers: {0}")]
pub struct NoRandomness(String);

/// Random bytes straight from the system: what is made here lives for months, so no generator of ours stands between.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| NoRandomness(error.to_string()))?;
    Ok(bytes)
}

/// Signs chosen evenly from an alphabet of at most 256.
///
/// Bytes beyond the last full round of the alphabet are thrown away: taking them modulo its size would favour its first signs.
fn random_text(alphabet: &[u8], length: usize) -> Result<String, NoRandomness> {
    let bound = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let fresh = random_bytes::<64>()?.into_iter().map(usize::from).filter(|byte| *byte < bound);
        text.extend(fresh.take(length - text.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    Ok(text)
}

/// SHA-256 in lower-case hexadecimal digits: the form which the database's `require_hash` wants.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_database() {
        // From FIPS 180-2, appendix B.1; `SELECT encode(sha256('abc'), 'hex')` says the same.
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn random_text_uses_the_whole_alphabet_and_nothing_else() {
        let text = random_text(b"abcdefghij", 5_000).unwrap();
        assert_eq!(text.len(), 5_000);
        for sign in 'a'..='j' {
            // 500 of each are expected; 300 is nine standard deviations away.
            assert!(text.matches(sign).count() > 300, "{sign} is too rare");
        }
        assert!(text.bytes().all(|sign| sign.is_ascii_lowercase() && sign <= b'j'));
    }
}
