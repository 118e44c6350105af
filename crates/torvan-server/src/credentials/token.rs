//! Tokens of sessions and programs, and the tokens against forged requests.
//!
//! A token is shown once and never stored; the database keeps its SHA-256, which is enough since 256 random bits cannot be
//! guessed (`assurance.md` S10).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{NoRandomness, random_bytes, random_text, sha256_hex};

/// Random bytes in a session token.
const SESSION_BYTES: usize = 32;
/// Signs of a session token: 32 bytes in base64 without padding.
const SESSION_SIGNS: usize = 43;

/// What every API token begins with, so that people and secret scanners know one when they see it.
pub const API_PREFIX: &str = "trv_";
/// Letters and digits only: a double click marks the whole token.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Random signs of an API token: 43 of 62 kinds are 256 bits.
const API_RANDOM_SIGNS: usize = 43;
/// Signs of the checksum: 32 bits fit into six of 62 kinds.
const API_CHECK_SIGNS: usize = 6;
/// Separates this use of SHA-256 from every other.
const API_CHECK_DOMAIN: &[u8] = b"torvan api token checksum v1\0";

/// Separates this use of the session token from every other.
const CSRF_DOMAIN: &[u8] = b"torvan csrf v1\0";
/// Random bytes that make each CSRF token look different.
const CSRF_SALT_BYTES: usize = 16;
/// Bytes of a CSRF token: the salt and an HMAC-SHA256.
const CSRF_BYTES: usize = CSRF_SALT_BYTES + 32;

/// Hash under which the database knows a token, of whatever kind: lower-case hexadecimal SHA-256 of its text.
#[must_use]
pub fn token_hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

/// The secret of a session, or of a known device: 256 random bits as 43 signs of base64url.
#[derive(Debug)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// A new token; fails only when the system has no random numbers.
    pub fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random_bytes::<SESSION_BYTES>()?).into()))
    }

    /// A token that a browser sent, or `None` if no such token can exist. Saves the database a look-up, proves nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let decoded = (text.len() == SESSION_SIGNS).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
        (decoded.len() == SESSION_BYTES).then(|| Self(text.to_owned().into()))
    }

    /// The text for the cookie.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// See [`token_hash`].
    #[must_use]
    pub fn hash(&self) -> String {
        token_hash(self.expose())
    }
}

/// The secret of a program: `trv_`, 43 random signs, 6 signs of checksum.
#[derive(Debug)]
pub struct ApiToken(SecretString);

/// Why a text is no API token. Said before any look-up, so that a slip of the hand is not taken for a revoked token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiTokenFault {
    /// It begins otherwise.
    #[error("an API token begins with {API_PREFIX}")]
    Prefix,
    /// It is too short, too long, or has a sign that none has.
    #[error(
        "an API token is {API_PREFIX} and {} letters and digits; copy all of it and nothing else",
        API_RANDOM_SIGNS + API_CHECK_SIGNS
    )]
    Form,
    /// Its last signs do not fit the others.
    #[error("the API token is mistyped: its checksum is wrong; copy it again")]
    Checksum,
}

impl ApiToken {
    /// A new token; fails only when the system has no random numbers.
    pub fn generate() -> Result<Self, NoRandomness> {
        let random = random_text(BASE62, API_RANDOM_SIGNS)?;
        Ok(Self(format!("{API_PREFIX}{random}{}", api_checksum(&random)).into()))
    }

    /// A token that a program sent. That its form is right says nothing about whether it is known.
    pub fn parse(text: &str) -> Result<Self, ApiTokenFault> {
        let body = text.strip_prefix(API_PREFIX).ok_or(ApiTokenFault::Prefix)?;
        let is_well_formed = body.len() == API_RANDOM_SIGNS + API_CHECK_SIGNS
            && body.bytes().all(|sign| sign.is_ascii_alphanumeric());
        if !is_well_formed {
            return Err(ApiTokenFault::Form);
        }
        let (random, checksum) = body.split_at(API_RANDOM_SIGNS);
        if api_checksum(random) != checksum {
            return Err(ApiTokenFault::Checksum);
        }
        Ok(Self(text.to_owned().into()))
    }

    /// The text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// See [`token_hash`].
    #[must_use]
    pub fn hash(&self) -> String {
        token_hash(self.expose())
    }
}

fn api_checksum(random: &str) -> String {
    let digest = Sha256::new().chain_update(API_CHECK_DOMAIN).chain_update(random).finalize();
    let mut rest = digest.iter().take(4).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    let mut signs = [b'0'; API_CHECK_SIGNS];
    for sign in signs.iter_mut().rev() {
        *sign = BASE62[rest % BASE62.len()];
        rest /= BASE62.len();
    }
    signs.iter().copied().map(char::from).collect()
}

/// A token that a form or a script sends along, to show that the page came from us; good as long as the session's token.
///
/// Each call gives another text, since pages are compressed and a text that stays the same could be guessed from their length
/// (BREACH). All of them are good.
pub fn csrf_token(session: &SessionToken) -> Result<String, NoRandomness> {
    let salt = random_bytes::<CSRF_SALT_BYTES>()?;
    Ok(URL_SAFE_NO_PAD.encode([salt.as_slice(), &csrf_mac(session, &salt)].concat()))
}

/// Whether a CSRF token belongs to a session. Takes the same time for every wrong token of the right form.
#[must_use]
pub fn check_csrf_token(session: &SessionToken, token: &str) -> bool {
    // The length first: nobody makes us decode a megabyte.
    if token.len() != CSRF_BYTES / 3 * 4 {
        return false;
    }
    URL_SAFE_NO_PAD.decode(token).is_ok_and(|bytes| {
        let (salt, mac) = bytes.split_at(CSRF_SALT_BYTES);
        csrf_mac(session, salt).as_slice().ct_eq(mac).into()
    })
}

fn csrf_mac(session: &SessionToken, salt: &[u8]) -> [u8; 32] {
    // A key shorter than the block is padded with zeros: HMAC keyed with the token's text, without a length that could fail.
    let mut key = Key::<Hmac<Sha256>>::default();
    key[..SESSION_SIGNS].copy_from_slice(session.expose().as_bytes());
    let mut mac = Hmac::<Sha256>::new(&key);
    mac.update(CSRF_DOMAIN);
    mac.update(salt);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn session(byte: u8) -> SessionToken {
        SessionToken::parse(&URL_SAFE_NO_PAD.encode([byte; SESSION_BYTES])).unwrap()
    }

    #[test]
    fn session_tokens_are_of_256_bits_and_never_alike() {
        let tokens: HashSet<String> =
            (0..200).map(|_| SessionToken::generate().unwrap().expose().to_owned()).collect();
        assert_eq!(tokens.len(), 200);
        for token in &tokens {
            assert_eq!(URL_SAFE_NO_PAD.decode(token).unwrap().len(), 32);
            assert_eq!(SessionToken::parse(token).unwrap().expose(), token);
        }
    }

    #[test]
    fn the_hash_is_that_of_the_text_in_the_form_that_the_database_wants() {
        // printf %s AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | sha256sum
        assert_eq!(session(0).hash(), "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a");
        let hash = ApiToken::generate().unwrap().hash();
        assert!(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    }

    #[test]
    fn what_cannot_be_a_session_token_is_none() {
        let good = session(7).expose().to_owned();
        for text in
            ["", "x", &good[1..], &format!("{good}A"), &good.replace('B', "+"), &good.replace('B', "é")]
        {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let session = SessionToken::generate().unwrap();
        let api = ApiToken::generate().unwrap();
        assert!(!format!("{session:?}").contains(session.expose()));
        assert!(!format!("{api:?}").contains(api.expose()));
    }

    #[test]
    fn api_tokens_are_known_by_their_look() {
        let token = ApiToken::generate().unwrap();
        assert!(token.expose().starts_with("trv_"));
        assert_eq!(token.expose().len(), 53);
        assert_eq!(ApiToken::parse(token.expose()).unwrap().hash(), token.hash());
    }

    #[test]
    fn an_api_token_that_is_none_says_why() {
        let good = ApiToken::generate().unwrap();
        let fault = |text: &str| ApiToken::parse(text).unwrap_err();
        assert_eq!(fault(""), ApiTokenFault::Prefix);
        assert_eq!(fault(&good.expose().to_uppercase()), ApiTokenFault::Prefix);
        assert_eq!(fault(&good.expose()[..52]), ApiTokenFault::Form);
        assert_eq!(fault(&format!("{} ", good.expose())), ApiTokenFault::Form);
        assert_eq!(fault(&format!("trv_{}", "é".repeat(24))), ApiTokenFault::Form);
        assert_eq!(fault(&format!("trv_{}", "0".repeat(49))), ApiTokenFault::Checksum);
        assert!(ApiTokenFault::Form.to_string().contains("49 letters"), "{}", ApiTokenFault::Form);
    }

    #[test]
    fn the_checksum_stays_what_it_was() {
        // Tokens live in other people's programs: a changed checksum would refuse all of them.
        assert_eq!(api_checksum(&"0".repeat(43)), "2CtHQY");
    }

    #[test]
    fn csrf_tokens_differ_and_all_are_good_for_their_session_only() {
        let (mine, other) = (session(1), session(2));
        let (first, second) = (csrf_token(&mine).unwrap(), csrf_token(&mine).unwrap());
        assert_ne!(first, second);
        for token in [&first, &second] {
            assert!(check_csrf_token(&mine, token));
            assert!(!check_csrf_token(&other, token));
            assert!(!token.contains(mine.expose()));
        }
    }

    #[test]
    fn the_csrf_token_is_an_hmac_keyed_with_the_session_token() {
        // Python: hmac.new(b"A" * 43, b"torvan csrf v1\0" + bytes(16), "sha256").hexdigest()
        let token = URL_SAFE_NO_PAD.encode(
            [
                &[0; CSRF_SALT_BYTES],
                unhex("c7e1915de55b73c959fee664db104ff1de1c0c3e98eced6997c02e74f3a4536a").as_slice(),
            ]
            .concat(),
        );
        assert!(check_csrf_token(&session(0), &token));
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn any_one_sign_mistyped_in_an_api_token_is_noticed(at in 4_usize..53, by in 1_usize..62) {
            let token = ApiToken::generate().unwrap();
            let mut signs = token.expose().as_bytes().to_vec();
            let was = BASE62.iter().position(|sign| *sign == signs[at]).unwrap();
            signs[at] = BASE62[(was + by) % 62];
            let text = String::from_utf8(signs).unwrap();
            prop_assert_eq!(ApiToken::parse(&text).unwrap_err(), ApiTokenFault::Checksum);
        }

        #[test]
        fn a_changed_csrf_token_is_refused(at in 0_usize..CSRF_BYTES, bit in 0_u8..8) {
            let mine = session(3);
            let mut bytes = URL_SAFE_NO_PAD.decode(csrf_token(&mine).unwrap()).unwrap();
            bytes[at] ^= 1 << bit;
            prop_assert!(!check_csrf_token(&mine, &URL_SAFE_NO_PAD.encode(bytes)));
        }

        #[test]
        fn no_text_is_too_odd(text in any::<String>()) {
            prop_assert!(!check_csrf_token(&session(4), &text));
            prop_assert!(ApiToken::parse(&text).is_err());
            let _ = SessionToken::parse(&text);
        }
    }
}
