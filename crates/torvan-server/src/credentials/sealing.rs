//! Small secrets that the server must read again, sealed with AES-256-GCM before they are stored.
//!
//! The keys stand in a file which only the server's account may read; the database sees sealed bytes and the name of the key.
//! A line of the file is a name and 32 bytes in base64; the last line is the key that seals, the others only open:
//!
//! ```text
//! # comment
//! s20260301-1f0a5c7e  mN0v…=
//! s20261125-77b2d4e9  q8Xk…=
//! ```
//!
//! A sealed value is: version (1), length of the key's name, the name, nonce (12 bytes), what was sealed, tag (16 bytes). The
//! part before the nonce and what the caller says the value belongs to are covered by the tag: a value moved to another row,
//! or renamed to another key, does not open.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, Key, KeyInit as _, Nonce, Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretSlice;
use secrecy::zeroize::Zeroizing;

use super::{NoRandomness, random_bytes, random_text};

/// First byte of every sealed value of this form.
const VERSION: u8 = 1;
/// Bytes of a key: AES-256.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce. Random, so a key is good for 2^32 values (NIST SP 800-38D, 8.3): more than a plant has people.
const NONCE_BYTES: usize = 12;
/// Longest name of a key in bytes: its length must fit into one.
const MOST_NAME: usize = 64;
/// Longest secret in bytes: sealed it must fit into the 1,024 bytes of `mfa_totp.sealed_secret`.
pub const MOST_PLAIN: usize = 512;
/// Longest key file in bytes: thousands of keys.
const MOST_FILE: u64 = 1 << 20;
/// Separates what is sealed here from every other use of the same key.
const DOMAIN: &[u8] = b"torvan sealed value\0";

/// What to do when there is no key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenMissing {
    /// Fail. A server that made new keys because a folder was not mounted could open nothing that it sealed before.
    Fail,
    /// Make a file with one key: for the first start.
    Create,
}

/// Why keys could not be read, or a value not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// There is no key file.
    #[error(
        "there is no key file {}; without it no sealed secret can be read (mend: put the file back, or create one at the first start)",
        .0.display()
    )]
    Missing(PathBuf),
    /// Others than the owner may read or write the key file.
    #[error(
        "the key file {path} is open to others than its owner (mode {mode:04o}); mend: chmod 600 {path}, and if others may have read it, add a new key",
        path = .path.display()
    )]
    Permissions {
        /// The key file.
        path: PathBuf,
        /// Its permissions, the lowest twelve bits.
        mode: u32,
    },
    /// The key file is no file.
    #[error("{} is not a file; name the file that holds the keys", .0.display())]
    NotAFile(PathBuf),
    /// The system refused.
    #[error("the key file {} could not be {action}", .path.display())]
    Io {
        /// The key file.
        path: PathBuf,
        /// What was tried: "read", "written".
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The key file does not say keys.
    #[error("the key file {}, line {line}: {what}", .path.display())]
    Malformed {
        /// The key file.
        path: PathBuf,
        /// Its line, from 1; 0 for the file as a whole.
        line: usize,
        /// What is wrong and how to mend it.
        what: &'static str,
    },
    /// The value was sealed with a key that is not in the file.
    #[error(
        "the sealing key \"{0}\" is not in the key file; mend: put its line back from a copy of the file"
    )]
    UnknownKey(String),
    /// The value was changed, or belongs to something else.
    #[error("a sealed value does not open: it was changed, or moved from where it belongs")]
    Damaged,
    /// Too long to be stored.
    #[error("a secret of {0} bytes is too long to be sealed; the limit is {MOST_PLAIN}")]
    TooLong(usize),
    /// See [`NoRandomness`].
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Result of everything in this file.
pub type SealingResult<T> = Result<T, SealingError>;

/// The keys of the server. `Debug` shows their names.
pub struct SealingKeys {
    /// By their order in the file; the last one seals. Never empty.
    keys: Vec<SealingKey>,
}

struct SealingKey {
    name: String,
    cipher: Aes256Gcm,
}

impl std::fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingKeys")
            .field("names", &self.key_ids().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl SealingKeys {
    /// Reads a key file; refuses one that others than its owner may touch.
    pub fn load(path: &Path, when_missing: WhenMissing) -> SealingResult<Self> {
        match Self::read(path) {
            Err(SealingError::Missing(_)) if when_missing == WhenMissing::Create => {
                create(path)?;
                Self::read(path)
            }
            other => other,
        }
    }

    /// Adds a key to the file, which seals from the next start on; the former ones still open. Returns its name.
    ///
    /// For a person at the command line: of two at the same moment one may be lost before it was used.
    pub fn add_key(path: &Path) -> SealingResult<String> {
        let mut text = read_text(path)?;
        parse(path, &text)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let (name, line) = fresh_line()?;
        text.push_str(&line);
        let draft = write_draft(path, &text)?;
        fs::rename(&draft, path).map_err(|source| give_up(&draft, path, source))?;
        sync_folder(path)?;
        Ok(name)
    }

    /// Name of the key that seals.
    #[must_use]
    pub fn writing_key_id(&self) -> &str {
        self.keys.last().map_or("", |key| &key.name)
    }

    /// Names of all keys, the oldest first.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.name.as_str())
    }

    /// Seals a secret with the newest key. `belongs_to` names its place, for example `mfa_totp 17`; whoever opens it must say
    /// the same. Returns the sealed bytes and the name of the key.
    pub fn seal(&self, plain: &[u8], belongs_to: &[u8]) -> SealingResult<(Vec<u8>, String)> {
        if plain.len() > MOST_PLAIN {
            return Err(SealingError::TooLong(plain.len()));
        }
        let key = self.keys.last().ok_or_else(|| SealingError::UnknownKey(String::new()))?;
        let nonce = random_bytes::<NONCE_BYTES>()?;
        let mut sealed = header(&key.name);
        let aad = associated(&sealed, belongs_to);
        let payload = Payload { msg: plain, aad: &aad };
        // AES-GCM fails only beyond 64 GiB.
        let body =
            key.cipher.encrypt(&nonce.into(), payload).map_err(|_| SealingError::TooLong(plain.len()))?;
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok((sealed, key.name.clone()))
    }

    /// Opens what [`Self::seal`] sealed for the same place.
    pub fn open(&self, sealed: &[u8], key_id: &str, belongs_to: &[u8]) -> SealingResult<SecretSlice<u8>> {
        let key = self.keys.iter().find(|key| key.name == key_id);
        let key = key.ok_or_else(|| SealingError::UnknownKey(key_id.to_owned()))?;
        let header = header(&key.name);
        let rest = sealed.strip_prefix(header.as_slice()).ok_or(SealingError::Damaged)?;
        let (nonce, body) = rest.split_at_checked(NONCE_BYTES).ok_or(SealingError::Damaged)?;
        let nonce = Nonce::<Aes256Gcm>::try_from(nonce).map_err(|_| SealingError::Damaged)?;
        let aad = associated(&header, belongs_to);
        let plain = key.cipher.decrypt(&nonce, Payload { msg: body, aad: &aad });
        plain.map(SecretSlice::from).map_err(|_| SealingError::Damaged)
    }

    fn read(path: &Path) -> SealingResult<Self> {
        Ok(Self { keys: parse(path, &read_text(path)?)? })
    }
}

fn header(name: &str) -> Vec<u8> {
    // Names are checked when the file is read: they are at most 64 bytes.
    let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
    [&[VERSION, length], name.as_bytes()].concat()
}

/// The header says its own length, so that no two pairs of header and place give the same bytes.
fn associated(header: &[u8], belongs_to: &[u8]) -> Vec<u8> {
    [DOMAIN, header, belongs_to].concat()
}

pub(crate) fn read_text(path: &Path) -> SealingResult<Zeroizing<String>> {
    let failed = |source| SealingError::Io { path: path.to_owned(), action: "read", source };
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SealingError::Missing(path.to_owned()),
        _ => failed(error),
    })?;
    // Asked of the open file, not of the path: nobody can put another one there in between.
    let facts = file.metadata().map_err(failed)?;
    if !facts.is_file() {
        return Err(SealingError::NotAFile(path.to_owned()));
    }
    let mode = facts.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SealingError::Permissions { path: path.to_owned(), mode });
    }
    if facts.len() > MOST_FILE {
        return Err(malformed(path, 0, "it is too large for a key file; name the file that holds the keys"));
    }
    // All the room at once: a text that grows leaves copies of the keys in memory.
    let room = usize::try_from(facts.len()).unwrap_or_default() + 256;
    let mut text = Zeroizing::new(String::with_capacity(room));
    file.take(MOST_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn parse(path: &Path, text: &str) -> SealingResult<Vec<SealingKey>> {
    let mut keys: Vec<SealingKey> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = parse_line(line).map_err(|what| malformed(path, at + 1, what))?;
        if keys.iter().any(|other| other.name == key.name) {
            return Err(malformed(path, at + 1, "a key of this name stands above; remove one of the two"));
        }
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(malformed(
            path,
            0,
            "it holds no key; put it back from a copy, or remove it and create one",
        ));
    }
    Ok(keys)
}

fn parse_line(line: &str) -> Result<SealingKey, &'static str> {
    let mut words = line.split_whitespace();
    let (Some(name), Some(key), None) = (words.next(), words.next(), words.next()) else {
        return Err("a line is the name of a key and the key in base64; put it back from a copy");
    };
    let is_named = name.len() <= MOST_NAME
        && name.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"._-".contains(&sign));
    if !is_named {
        return Err("the name of a key is up to 64 letters, digits, dots, dashes and underscores");
    }
    let bytes =
        Zeroizing::new(STANDARD.decode(key).map_err(|_| "the key is not base64; put it back from a copy")?);
    let key: Zeroizing<[u8; KEY_BYTES]> = Zeroizing::new(
        bytes.as_slice().try_into().map_err(|_| "the key is not of 32 bytes; put it back from a copy")?,
    );
    let cipher = Aes256Gcm::new(<&Key<Aes256Gcm>>::from(&*key));
    Ok(SealingKey { name: name.to_owned(), cipher })
}

/// A new key: its name, with the day for people who keep copies, and its line.
fn fresh_line() -> SealingResult<(String, Zeroizing<String>)> {
    let key = Zeroizing::new(random_bytes::<KEY_BYTES>()?);
    let day = chrono::Utc::now().format("%Y%m%d");
    let name = format!("s{day}-{}", random_text(b"0123456789abcdef", 8)?);
    let encoded = Zeroizing::new(STANDARD.encode(*key));
    Ok((name.clone(), Zeroizing::new(format!("{name} {}\n", *encoded))))
}

/// Makes a file with one key. If another process is faster, its file stays.
fn create(path: &Path) -> SealingResult<()> {
    let (_, line) = fresh_line()?;
    let text = Zeroizing::new(format!(
        "# Keys with which Torvan seals secrets. Keep a copy apart from the copies of the database.\n{}",
        *line
    ));
    let draft = write_draft(path, &text)?;
    // A link takes the place only when it is free, and the file is whole when it appears.
    let linked = fs::hard_link(&draft, path);
    let _ = fs::remove_file(&draft);
    match linked {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(unwritten(path, source)),
        _ => sync_folder(path),
    }
}

/// Writes a text beside the key file, for the owner only, and waits until it is on the disk.
fn write_draft(path: &Path, text: &str) -> SealingResult<PathBuf> {
    let mut name = path.file_name().ok_or_else(|| SealingError::NotAFile(path.to_owned()))?.to_owned();
    name.push(format!(".{}", random_text(b"0123456789abcdef", 16)?));
    let draft = path.with_file_name(name);
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    written.map_err(|source| give_up(&draft, path, source))?;
    Ok(draft)
}

fn give_up(draft: &Path, path: &Path, source: io::Error) -> SealingError {
    let _ = fs::remove_file(draft);
    unwritten(path, source)
}

fn sync_folder(path: &Path) -> SealingResult<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| unwritten(path, source))
}

fn unwritten(path: &Path, source: io::Error) -> SealingError {
    SealingError::Io { path: path.to_owned(), action: "written", source }
}

pub(super) fn malformed(path: &Path, line: usize, what: &'static str) -> SealingError {
    SealingError::Malformed { path: path.to_owned(), line, what }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;
    use tempfile::TempDir;

    use super::*;

    const PLACE: &[u8] = b"mfa_totp 17";

    fn fresh() -> (TempDir, PathBuf, SealingKeys) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.keys");
        let keys = SealingKeys::load(&path, WhenMissing::Create).unwrap();
        (folder, path, keys)
    }

    fn write(path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn refused(path: &Path) -> SealingError {
        SealingKeys::load(path, WhenMissing::Create).unwrap_err()
    }

    #[test]
    fn what_was_sealed_opens_and_no_two_sealed_values_are_alike() {
        let (_folder, _path, keys) = fresh();
        let (sealed, key_id) = keys.seal(b"a secret", PLACE).unwrap();
        assert_eq!(keys.open(&sealed, &key_id, PLACE).unwrap().expose_secret(), b"a secret");
        assert_ne!(keys.seal(b"a secret", PLACE).unwrap().0, sealed);
        assert_eq!(key_id, keys.writing_key_id());
        assert_eq!(sealed[..2], [1, 18]);
        assert_eq!(&sealed[2..20], key_id.as_bytes());
        assert_eq!(sealed.len(), 2 + 18 + 12 + 8 + 16);
    }

    #[test]
    fn a_sealed_value_fits_into_the_column() {
        let (_folder, path, _) = fresh();
        let longest = "n".repeat(MOST_NAME);
        write(&path, &format!("{longest} {}", STANDARD.encode([7; 32])));
        let keys = SealingKeys::load(&path, WhenMissing::Fail).unwrap();
        assert!(keys.seal(&[0; MOST_PLAIN], PLACE).unwrap().0.len() <= 1024);
        assert!(keys.seal(b"", PLACE).unwrap().0.len() >= 28);
        assert!(matches!(keys.seal(&[0; MOST_PLAIN + 1], PLACE), Err(SealingError::TooLong(513))));
    }

    #[test]
    fn a_flipped_bit_at_any_byte_is_refused() {
        let (_folder, _path, keys) = fresh();
        let (sealed, key_id) = keys.seal(b"twenty bytes of seed", PLACE).unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                let answer = keys.open(&changed, &key_id, PLACE);
                assert!(matches!(answer, Err(SealingError::Damaged)), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_value_cut_or_lengthened_is_refused() {
        let (_folder, _path, keys) = fresh();
        let (sealed, key_id) = keys.seal(b"a secret", PLACE).unwrap();
        for length in 0..sealed.len() {
            assert!(
                matches!(keys.open(&sealed[..length], &key_id, PLACE), Err(SealingError::Damaged)),
                "{length}"
            );
        }
        let longer = [sealed.as_slice(), b"x"].concat();
        assert!(matches!(keys.open(&longer, &key_id, PLACE), Err(SealingError::Damaged)));
    }

    #[test]
    fn a_value_moved_elsewhere_is_refused() {
        let (_folder, _path, keys) = fresh();
        let (sealed, key_id) = keys.seal(b"a secret", PLACE).unwrap();
        for place in [b"mfa_totp 18".as_slice(), b"mfa_totp 1", b"", b"mfa_totp 17 "] {
            assert!(matches!(keys.open(&sealed, &key_id, place), Err(SealingError::Damaged)));
        }
    }

    #[test]
    fn the_newest_key_seals_and_all_open() {
        let (_folder, path, first) = fresh();
        let (old, old_id) = first.seal(b"old", PLACE).unwrap();
        let added = SealingKeys::add_key(&path).unwrap();
        let keys = SealingKeys::load(&path, WhenMissing::Fail).unwrap();
        assert_eq!(keys.key_ids().collect::<Vec<_>>(), [old_id.as_str(), added.as_str()]);
        let (new, new_id) = keys.seal(b"new", PLACE).unwrap();
        assert_eq!(new_id, added);
        assert_eq!(keys.open(&old, &old_id, PLACE).unwrap().expose_secret(), b"old");
        assert_eq!(keys.open(&new, &new_id, PLACE).unwrap().expose_secret(), b"new");
        assert!(matches!(keys.open(&old, &new_id, PLACE), Err(SealingError::Damaged)));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "drafts are left behind");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let (_folder, _path, keys) = fresh();
        let (_other_folder, _other_path, other) = fresh();
        let (sealed, key_id) = other.seal(b"a secret", PLACE).unwrap();
        let error = keys.open(&sealed, &key_id, PLACE).unwrap_err();
        assert!(matches!(&error, SealingError::UnknownKey(name) if *name == key_id));
        assert!(error.to_string().contains(&key_id), "{error}");
    }

    #[test]
    fn a_file_open_to_others_is_refused_with_the_mend() {
        let (_folder, path, _) = fresh();
        for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o777, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = refused(&path);
            assert!(matches!(error, SealingError::Permissions { mode: found, .. } if found == mode));
            let text = error.to_string();
            assert!(text.contains(&format!("chmod 600 {}", path.display())), "{text}");
            assert!(SealingKeys::add_key(&path).is_err());
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(SealingKeys::load(&path, WhenMissing::Fail).is_ok());
        }
    }

    #[test]
    fn a_file_is_made_only_when_told_so_and_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.keys");
        let missing = SealingKeys::load(&path, WhenMissing::Fail).unwrap_err();
        assert!(matches!(missing, SealingError::Missing(_)));
        assert!(matches!(SealingKeys::add_key(&path), Err(SealingError::Missing(_))));
        assert!(!path.exists());
        let made = SealingKeys::load(&path, WhenMissing::Create).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let again = SealingKeys::load(&path, WhenMissing::Create).unwrap();
        assert_eq!(made.writing_key_id(), again.writing_key_id());
    }

    #[test]
    fn of_many_at_the_first_start_one_makes_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sealing.keys");
        let names: std::collections::HashSet<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        SealingKeys::load(&path, WhenMissing::Create).unwrap().writing_key_id().to_owned()
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert_eq!(names.len(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "drafts are left behind");
    }

    #[test]
    fn a_file_that_holds_no_keys_is_never_overwritten_and_says_which_line() {
        let (folder, path, _) = fresh();
        let good = STANDARD.encode([7; 32]);
        for (text, line) in [
            (String::new(), 0),
            ("# only words\n\n".to_owned(), 0),
            (format!("# words\na {good}\nb\n"), 3),
            (format!("a {good} c"), 1),
            (format!("a {good}\na {good}"), 2),
            (format!("a/b {good}"), 1),
            (format!("{} {good}", "n".repeat(65)), 1),
            ("a !!!!".to_owned(), 1),
            (format!("a {}", STANDARD.encode([7; 31])), 1),
        ] {
            write(&path, &text);
            let error = refused(&path);
            assert!(
                matches!(error, SealingError::Malformed { line: found, .. } if found == line),
                "{text}: {error}"
            );
            assert!(!error.to_string().contains(&good));
            assert!(SealingKeys::add_key(&path).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert!(matches!(refused(folder.path()), SealingError::NotAFile(_)));
        write(&path, &"#".repeat(1 << 21));
        assert!(matches!(refused(&path), SealingError::Malformed { line: 0, .. }));
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(refused(&path), SealingError::Io { .. }));
    }

    #[test]
    fn a_file_without_a_last_newline_takes_another_key() {
        let (_folder, path, _) = fresh();
        write(&path, &format!("a {}", STANDARD.encode([7; 32])));
        let added = SealingKeys::add_key(&path).unwrap();
        let keys = SealingKeys::load(&path, WhenMissing::Fail).unwrap();
        assert_eq!(keys.key_ids().collect::<Vec<_>>(), ["a", added.as_str()]);
    }

    #[test]
    fn debug_shows_names_only() {
        let (_folder, path, keys) = fresh();
        let text = fs::read_to_string(&path).unwrap();
        let key = text.split_whitespace().last().unwrap();
        let shown = format!("{keys:?}");
        assert!(shown.contains(keys.writing_key_id()) && !shown.contains(key));
    }

    #[test]
    fn a_value_sealed_by_the_first_release_opens() {
        let (_folder, path, _) = fresh();
        write(&path, &format!("k1 {}", STANDARD.encode([7; 32])));
        let keys = SealingKeys::load(&path, WhenMissing::Fail).unwrap();
        // Made with Python's cryptography: AESGCM(bytes([7]) * 32).encrypt(bytes([9]) * 12, b"a secret", aad).
        let body = STANDARD.decode("RqX38d2CpBXZAThM627saWMbHPOf5hzk").unwrap();
        let sealed = [b"\x01\x02k1".as_slice(), &[9; 12], &body].concat();
        assert_eq!(keys.open(&sealed, "k1", PLACE).unwrap().expose_secret(), b"a secret");
    }

    proptest! {
        #[test]
        fn every_secret_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..=MOST_PLAIN), place in any::<Vec<u8>>()) {
            let keys = SealingKeys { keys: vec![parse_line(&format!("k1 {}", STANDARD.encode([7; 32]))).unwrap()] };
            let (sealed, key_id) = keys.seal(&plain, &place).unwrap();
            let opened = keys.open(&sealed, &key_id, &place).unwrap();
            prop_assert_eq!(opened.expose_secret(), plain.as_slice());
        }

        #[test]
        fn no_bytes_are_too_odd_to_be_refused(bytes in any::<Vec<u8>>()) {
            let keys = SealingKeys { keys: vec![parse_line(&format!("k1 {}", STANDARD.encode([7; 32]))).unwrap()] };
            prop_assert!(keys.open(&bytes, "k1", PLACE).is_err());
        }
    }
}
