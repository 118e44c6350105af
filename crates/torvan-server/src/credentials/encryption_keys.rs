//! Keys of the database's own encryption (`database/functions/encryption.sql`), given to it with each transaction that needs
//! them, as bound parameters. A line of their file is a number, a purpose and 32 bytes in base64.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretSlice;

use super::sealing::{SealingError, malformed, read_text};

/// The keys; perhaps none.
#[derive(Debug, Default)]
pub struct EncryptionKeys {
    keys: Vec<(i16, SecretSlice<u8>)>,
}

impl EncryptionKeys {
    /// Reads a key file, which nobody else may read.
    ///
    /// # Errors
    /// It is missing, others may read it, or a line is not that of a key.
    pub fn load(path: &Path) -> Result<Self, SealingError> {
        let text = read_text(path)?;
        let lines =
            text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let keys = lines.map(|(place, line)| {
            parse(line.trim()).ok_or_else(|| {
                malformed(path, place + 1, "is not a number, DATA, INDEX or AUDIT, and 32 bytes in base64, with single spaces between")
            })
        });
        Ok(Self { keys: keys.collect::<Result<_, _>>()? })
    }

    /// The keys with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &(i16, SecretSlice<u8>)> {
        self.keys.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

fn parse(line: &str) -> Option<(i16, SecretSlice<u8>)> {
    let mut parts = line.split(' ');
    let number = parts.next()?.parse::<i16>().ok().filter(|number| *number > 0)?;
    parts.next().filter(|purpose| ["DATA", "INDEX", "AUDIT"].contains(purpose))?;
    let key = STANDARD.decode(parts.next()?).ok().filter(|key| key.len() == 32)?;
    if parts.next().is_some() { None } else { Some((number, key.into())) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_of_the_database_is_read_and_another_is_refused_by_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("torvan.keys");
        let key = STANDARD.encode([7_u8; 32]);
        for (text, keys) in [
            (format!("1 DATA {key}\n2 INDEX {key}\n"), Some(2)),
            (format!("# comment\n\n3 AUDIT {key}"), Some(1)),
            (format!("0 DATA {key}"), None),
            (format!("1 OTHER {key}"), None),
            ("1 DATA AAAA".to_owned(), None),
            (format!("1 DATA {key} more"), None),
        ] {
            std::fs::write(&path, &text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("closed");
            let read = EncryptionKeys::load(&path).ok().map(|keys| keys.iter().count());
            assert_eq!(read, keys, "{text}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("open");
        assert!(EncryptionKeys::load(&path).is_err());
    }
}
