//! Second factors: codes of an authenticator (RFC 6238), and the recovery codes for the day on which it is lost.
//!
//! Which step was used last, and which recovery codes are used up, is kept by the database (`use_totp`,
//! `use_recovery_code`): no code works twice (`assurance.md` S11).

use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use totp_rs::{Builder, Secret, Totp, TotpError};

use super::{NoRandomness, random_bytes, random_text, sha256_hex};

/// Seconds for which a code is shown: the only value which every authenticator knows.
pub const STEP_SECONDS: u64 = 30;
/// Random bytes of a new secret: 160 bits, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
/// Digits of a code.
const CODE_DIGITS: usize = 6;
/// What the authenticator shows above the code.
const ISSUER: &str = "Torvan";

/// How many recovery codes a person gets.
pub const RECOVERY_CODES: usize = 10;
/// Signs that are not mistaken for each other: those of the database's `random_code`.
const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Groups of a recovery code.
///
/// Five signs are 25 bits. The codes are stored as plain SHA-256, and ASVS 6.5.2 allows that from 112 bits on: with two groups
/// whoever reads a dump could try all codes within days. Five groups are 125 bits.
const RECOVERY_GROUPS: usize = 5;
/// Signs in a group.
const RECOVERY_GROUP_SIGNS: usize = 5;

/// Why no authenticator could be set up or asked.
#[derive(Debug, thiserror::Error)]
pub enum TotpFault {
    /// Stored bytes that are no secret of ours: a fault in the product or the data.
    #[error("the secret of the authenticator has {0} bytes, not {SECRET_BYTES}")]
    Length(usize),
    /// A login that an authenticator cannot show.
    #[error("the login cannot be shown by an authenticator; use one without a colon")]
    Login(#[source] TotpError),
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// The secret which the server and an authenticator share. Stored only sealed.
#[derive(Debug)]
pub struct TotpSecret(SecretSlice<u8>);

impl TotpSecret {
    /// A new secret.
    pub fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(random_bytes::<SECRET_BYTES>()?.to_vec().into()))
    }

    /// A secret that was stored, once unsealed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TotpFault> {
        if bytes.len() != SECRET_BYTES {
            return Err(TotpFault::Length(bytes.len()));
        }
        Ok(Self(bytes.to_vec().into()))
    }

    /// The bytes, to be sealed.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// The secret as people type it into an authenticator that has no camera: base32 without padding.
    #[must_use]
    pub fn base32(&self) -> SecretString {
        Secret::from(self.expose().to_vec()).to_base32().into()
    }

    /// The `otpauth:` address for a QR code. It holds the secret: for the person's own page only.
    pub fn url(&self, login: &str) -> Result<SecretString, TotpFault> {
        let totp = self.builder().with_issuer(Some(ISSUER)).with_account_name(login).build();
        totp.and_then(|totp| totp.to_url()).map(SecretString::from).map_err(TotpFault::Login)
    }

    /// The step whose code this is, at a time in seconds since 1970, or `None`.
    ///
    /// The steps before and after are good too, for clocks that differ (RFC 6238, 5.2). Spaces are ignored, since
    /// authenticators show the code in groups. All three steps are always compared, each in constant time. Should two of them
    /// have the same code, the later one is meant: otherwise the code would work once more.
    #[must_use]
    pub fn verify(&self, code: &str, unix_seconds: u64) -> Option<i64> {
        let typed: String = code.chars().filter(|sign| !sign.is_whitespace()).take(CODE_DIGITS + 1).collect();
        if typed.len() != CODE_DIGITS || !typed.bytes().all(|sign| sign.is_ascii_digit()) {
            return None;
        }
        let totp = self.totp();
        let now = unix_seconds / STEP_SECONDS;
        let (mut found, mut matched) = (0_u64, 0_u8);
        for step in now.saturating_sub(1)..=now.saturating_add(1) {
            let code = totp.generate(step.saturating_mul(STEP_SECONDS)).to_string();
            let same = code.as_bytes().ct_eq(typed.as_bytes());
            found.conditional_assign(&step, same);
            matched |= same.unwrap_u8();
        }
        (matched == 1).then(|| i64::try_from(found).ok()).flatten()
    }

    fn builder(&self) -> Builder {
        Builder::new().with_step_duration(STEP_SECONDS).with_secret(self.expose().to_vec())
    }

    /// Every secret of ours has the length that RFC 4226 asks for, and the rest are constants: nothing is left to be checked.
    fn totp(&self) -> Totp {
        self.builder().build_noncompliant()
    }
}

/// A code that gets a person in once when the authenticator is lost.
#[derive(Debug)]
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    /// The code as it is shown, once: five groups of five signs.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// See [`code_hash`].
    #[must_use]
    pub fn hash(&self) -> String {
        code_hash(self.expose())
    }
}

/// Ten new recovery codes.
pub fn recovery_codes() -> Result<Vec<RecoveryCode>, NoRandomness> {
    (0..RECOVERY_CODES).map(|_| recovery_code()).collect()
}

fn recovery_code() -> Result<RecoveryCode, NoRandomness> {
    let groups: Result<Vec<String>, NoRandomness> =
        (0..RECOVERY_GROUPS).map(|_| random_text(RECOVERY_ALPHABET, RECOVERY_GROUP_SIGNS)).collect();
    Ok(RecoveryCode(groups?.join("-").into()))
}

/// SHA-256 of a code, typed with or without dashes, in capitals or not: the database's `code_hash(text)`
/// (`database/functions/identity_setup.sql`).
///
/// For the signs of codes the two are the same. Beyond ASCII they may differ by the database's locale, where no code is right.
#[must_use]
pub fn code_hash(code: &str) -> String {
    let bare: String = code.chars().filter(|sign| *sign != '-' && !sign.is_whitespace()).collect();
    sha256_hex(bare.to_ascii_uppercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Secret of RFC 6238, appendix B.
    fn rfc_secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        // Appendix B, SHA-1; of its eight digits the last six, which is what fewer digits mean (RFC 4226, 5.3).
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = i64::try_from(time / STEP_SECONDS).unwrap();
            assert_eq!(rfc_secret().verify(code, time), Some(step), "at {time}");
        }
    }

    #[test]
    fn one_step_of_difference_is_allowed_and_the_step_is_that_of_the_code() {
        let step = 1_234_567_890 / STEP_SECONDS;
        let expected = i64::try_from(step).unwrap();
        for (early, allowed) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let at = step.checked_add_signed(early).unwrap() * STEP_SECONDS;
            for time in [at, at + STEP_SECONDS - 1] {
                assert_eq!(rfc_secret().verify("005924", time), allowed.then_some(expected), "{early} steps");
            }
        }
    }

    #[test]
    fn codes_are_read_as_people_type_them_and_no_further() {
        for code in ["005924", "005 924", " 005924\n"] {
            assert!(rfc_secret().verify(code, 1_234_567_890).is_some(), "{code:?}");
        }
        for code in
            ["", "5924", "05924", "0005924", "+05924", "00592४", "005924 0", "005-924", "００５９２４"]
        {
            assert!(rfc_secret().verify(code, 1_234_567_890).is_none(), "{code:?}");
        }
        assert!(rfc_secret().verify("005925", 1_234_567_890).is_none());
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        for time in [0, 1, 29, 30, u64::MAX - 1, u64::MAX] {
            let _ = rfc_secret().verify("000000", time);
        }
        // RFC 4226, appendix D: counts 0 and 1.
        assert_eq!(rfc_secret().verify("755224", 0), Some(0));
        assert_eq!(rfc_secret().verify("287082", 0), Some(1));
    }

    #[test]
    fn of_two_steps_with_one_code_the_later_one_counts() {
        // Two neighbours with the same code are one in a million; found by counting.
        let time = 910_737 * STEP_SECONDS;
        for (at, expected) in
            [(time, 910_738), (time + STEP_SECONDS, 910_738), (time - STEP_SECONDS, 910_737)]
        {
            assert_eq!(rfc_secret().verify("911617", at), Some(expected), "at {at}");
        }
    }

    #[test]
    fn the_address_is_one_that_authenticators_read() {
        let url = rfc_secret().url("maria.lopez@plant.example").unwrap();
        let read = Totp::from_url(url.expose_secret()).unwrap();
        assert_eq!(read.issuer(), Some("Torvan"));
        assert_eq!(read.account_name(), "maria.lopez@plant.example");
        assert_eq!(read.secret().as_bytes(), b"12345678901234567890");
        assert_eq!((read.digits(), read.step()), (6, 30));
        assert!(url.expose_secret().starts_with("otpauth://totp/Torvan:"), "{}", url.expose_secret());
        assert!(rfc_secret().url("a:b").is_err());
        assert!(rfc_secret().url("").is_err());
    }

    #[test]
    fn secrets_are_random_and_shown_only_when_asked() {
        let secrets: HashSet<Vec<u8>> =
            (0..100).map(|_| TotpSecret::generate().unwrap().expose().to_vec()).collect();
        assert_eq!(secrets.len(), 100);
        // RFC 4648 base32 of the RFC's secret.
        assert_eq!(rfc_secret().base32().expose_secret(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(!format!("{:?}", rfc_secret()).contains("49"));
        assert!(matches!(TotpSecret::from_bytes(&[0; 19]), Err(TotpFault::Length(19))));
    }

    #[test]
    fn code_hashes_are_those_of_the_database() {
        // SELECT code_hash('ABCDE-FGHJK'), i.e. SHA-256 of ABCDEFGHJK.
        let expected = "f57cbf1e3e471b25db4b8ad0844df41b2dae9c7d1944944d128e49294d412f66";
        for code in
            ["ABCDE-FGHJK", "abcde-fghjk", "ABCDEFGHJK", " abc de\t-\u{b}fgh\r\nJK-", "a-b-c-d-e-f-g-h-j-k"]
        {
            assert_eq!(code_hash(code), expected, "{code:?}");
        }
        // coalesce(p_code, '')
        assert_eq!(code_hash(" - "), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_ne!(code_hash("ABCDE_FGHJK"), expected);
    }

    #[test]
    fn recovery_codes_are_ten_and_each_is_another() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), 10);
        let hashes: HashSet<String> = codes.iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), 10);
        for code in &codes {
            let groups: Vec<&str> = code.expose().split('-').collect();
            assert_eq!(groups.len(), 5);
            assert!(groups.iter().all(|group| group.len() == 5));
            assert!(groups.concat().bytes().all(|sign| RECOVERY_ALPHABET.contains(&sign)));
            assert!(!format!("{code:?}").contains(code.expose()));
        }
    }

    proptest! {
        #[test]
        fn a_code_is_found_however_it_is_written(code in "[0-9A-HJKMNP-TV-Z]{25}", cuts in proptest::collection::vec(0_usize..25, 0..6)) {
            let mut typed = code.to_lowercase();
            for cut in cuts {
                typed.insert(cut, if cut % 2 == 0 { '-' } else { ' ' });
            }
            prop_assert_eq!(code_hash(&typed), code_hash(&code));
        }

        #[test]
        fn what_an_authenticator_shows_is_taken(bytes in any::<[u8; 20]>(), time in 0_u64..1 << 40) {
            let secret = TotpSecret::from_bytes(&bytes).unwrap();
            let shown = secret.totp().generate(time).to_string();
            let step = secret.verify(&shown, time).unwrap();
            prop_assert!(step >= i64::try_from(time / STEP_SECONDS).unwrap());
        }
    }
}
