//! A certificate and its key, read from files and looked at before they are used.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::credentials::sealing::{SealingError, read_text};

/// Why a certificate cannot be used, and what mends it.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file is not there.
    #[error("there is no {what} {}; mend: put the file there, or correct the path", .path.display())]
    Missing {
        /// Which of the two files.
        what: &'static str,
        /// Its path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("the {what} {} cannot be read: {source}; mend: let this account read it", .path.display())]
    Unreadable {
        /// Which of the two files.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key's file is open to others, or no file.
    #[error(transparent)]
    Key(#[from] SealingError),
    /// Not what it should be.
    #[error("{} holds no {what} in PEM; mend: name the file that begins with -----BEGIN {begins}-----", .path.display())]
    NotPem {
        /// What was looked for.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// How PEM calls it.
        begins: &'static str,
    },
    /// It cannot be understood.
    #[error("the certificate {} cannot be understood ({reason}); mend: have it issued anew", .path.display())]
    Odd {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key belongs to another certificate.
    #[error(
        "the TLS key {} is not that of the certificate {}; mend: give the two files that were made together, the server's own certificate first in its file",
        .key.display(), .certificate.display()
    )]
    Mismatch {
        /// File of the key.
        key: PathBuf,
        /// File of the certificate.
        certificate: PathBuf,
    },
    /// A kind of key that TLS here does not use.
    #[error("the TLS key {} is of a kind that is not used here; mend: make an ECDSA key (P-256), Ed25519, or RSA of 2048 bits or more", .0.display())]
    KeyKind(PathBuf),
    /// Its time is over.
    #[error("the certificate {} ended on {}; mend: renew it", .path.display(), moment(.ended))]
    Expired {
        /// The file.
        path: PathBuf,
        /// Since when.
        ended: DateTime<Utc>,
    },
    /// Its time has not come.
    #[error("the certificate {} is good only from {} on; mend: correct the clock of this machine, or have it issued anew", .path.display(), moment(.begins))]
    Early {
        /// The file.
        path: PathBuf,
        /// From when on.
        begins: DateTime<Utc>,
    },
}

fn moment(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A certificate with its key, good at this moment.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) key: CertifiedKey,
    pub(super) ends: DateTime<Utc>,
}

impl Certificate {
    /// Reads both files.
    pub(super) fn read(certificate: &Path, key: &Path, now: DateTime<Utc>) -> Result<Self, CertificateError> {
        let chain = chain(certificate)?;
        let ends = good_until(certificate, &chain, now)?;
        let private = private_key(key)?;
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain, private, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                CertificateError::Mismatch { key: key.to_owned(), certificate: certificate.to_owned() }
            }
            _ => CertificateError::KeyKind(key.to_owned()),
        })?;
        Ok(Self { key, ends })
    }
}

/// All certificates of a file, the server's own first.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => {
            CertificateError::Missing { what: "TLS certificate", path: path.to_owned() }
        }
        _ => CertificateError::Unreadable { what: "TLS certificate", path: path.to_owned(), source },
    })?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| CertificateError::NotPem {
        what: "certificate",
        path: path.to_owned(),
        begins: "CERTIFICATE",
    })
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, CertificateError> {
    let text = read_text(path).map_err(|error| match error {
        SealingError::Missing(path) => CertificateError::Missing { what: "TLS key", path },
        SealingError::Io { path, source, .. } => {
            CertificateError::Unreadable { what: "TLS key", path, source }
        }
        other => CertificateError::Key(other),
    })?;
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| CertificateError::NotPem {
        what: "private key",
        path: path.to_owned(),
        begins: "PRIVATE KEY",
    })
}

/// When the first certificate of the chain ends.
fn good_until(
    path: &Path,
    chain: &[CertificateDer<'_>],
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, CertificateError> {
    let odd = |reason: String| CertificateError::Odd { path: path.to_owned(), reason };
    let first = chain.first().map(AsRef::as_ref).unwrap_or_default();
    let (_, parsed) = X509Certificate::from_der(first).map_err(|error| odd(error.to_string()))?;
    let validity = parsed.validity();
    let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or_else(|| odd("its dates".to_owned()));
    let (begins, ends) = (at(validity.not_before.timestamp())?, at(validity.not_after.timestamp())?);
    if now > ends {
        return Err(CertificateError::Expired { path: path.to_owned(), ended: ends });
    }
    if now < begins {
        return Err(CertificateError::Early { path: path.to_owned(), begins });
    }
    Ok(ends)
}
