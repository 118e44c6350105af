//! Certificates for one test, in files.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use time::OffsetDateTime;

/// An authority, and files of what it signs.
#[derive(Debug)]
pub struct Issued {
    folder: tempfile::TempDir,
    authority: CertificateParams,
    key: KeyPair,
    root: rcgen::Certificate,
}

impl Issued {
    /// A new authority; its own certificate is the file `root.crt`.
    ///
    /// # Panics
    /// When there is no randomness, or no room for files.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = authority.self_signed(&key).expect("a certificate");
        let made = Self { folder: tempfile::tempdir().expect("a folder"), authority, key, root };
        fs::write(made.root_file(), made.root.pem()).expect("written");
        made
    }

    /// The authority's certificate, in DER.
    #[must_use]
    pub fn root(&self) -> Vec<u8> {
        self.root.der().to_vec()
    }

    /// File of the authority's certificate.
    #[must_use]
    pub fn root_file(&self) -> PathBuf {
        self.folder.path().join("root.crt")
    }

    /// File of the certificate that was signed last.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("tls.crt")
    }

    /// File of its key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("tls.key")
    }

    /// Signs a certificate that is good for these days from now; it and its key are in the files. Returns it in DER.
    ///
    /// # Panics
    /// As [`Issued::new`].
    #[expect(clippy::must_use_candidate, reason = "the files are what it is for")]
    pub fn write(&self, name: &str, days: Range<i64>) -> Vec<u8> {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let day = |day: i64| OffsetDateTime::now_utc() + time::Duration::days(day);
        (parameters.not_before, parameters.not_after) = (day(days.start), day(days.end));
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.authority, &self.key);
        let made = parameters.signed_by(&key, &issuer).expect("a certificate");
        fs::write(self.certificate(), made.pem()).expect("written");
        write_key(&self.key_file(), &key.serialize_pem(), 0o600);
        made.der().to_vec()
    }
}

/// Writes a file of a key, open to whom the mode says.
///
/// # Panics
/// When it cannot be written.
pub fn write_key(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("closed");
}
