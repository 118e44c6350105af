//! A certificate authority of the plant's own network: made once, good for the plant's names only, and the server's
//! certificate that it signs, renewed before it ends.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use secrecy::zeroize::Zeroizing;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::certificate::{Certificate, CertificateError, chain};
use crate::credentials::sealing::read_text;

const DAY: i64 = 24 * 60 * 60;

/// Days for which the authority is good. Every tablet has to trust a new one by hand.
const AUTHORITY_DAYS: i64 = 3_652;

/// Days for which a server's certificate is good; browsers take none that is longer than 397.
const SERVER_DAYS: i64 = 390;

/// Days before its end from which on the server's certificate is made anew.
const RENEWED: i64 = 30;

/// Names that are the machine itself, always in the certificate.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why the local authority cannot be used, and what mends it.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Its files, or those of the server's certificate.
    #[error("the local authority: {0}")]
    Certificate(#[from] CertificateError),
    /// A file could not be written.
    #[error("{} cannot be written: {source}; mend: let this account write there", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Half of the authority is gone.
    #[error("{} is there, but not {}; mend: put it back from a copy, or remove both: every device must then trust a new one", .there.display(), .missing.display())]
    Half {
        /// The file that is there.
        there: PathBuf,
        /// The one that is not.
        missing: PathBuf,
    },
    /// Made for other names, or its time is over.
    #[error(
        "the local authority {} does not stand for {name} ({reason}); mend: give the --host names it was made for, or move it and its key away, so that a new one is made, which every device must trust anew",
        .authority.display()
    )]
    NotFor {
        /// File of the authority.
        authority: PathBuf,
        /// The name.
        name: String,
        /// What a browser would say.
        reason: String,
    },
    /// The library refused.
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// A name or address under which the plant reaches the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in a URL.
    #[must_use]
    pub fn in_url(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }
}

impl FromStr for HostName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        let is_host = match name.parse::<IpAddr>() {
            Ok(address) => !address.is_unspecified(),
            Err(_) => ServerName::try_from(name.as_str()).is_ok() && !name.ends_with('.'),
        };
        if is_host {
            return Ok(Self(name));
        }
        Err("write a host's name or address, without scheme and port: torvan.plant.example, 192.168.1.20"
            .to_owned())
    }
}

/// What devices are to trust.
#[derive(Debug, Clone)]
pub struct Authority {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// SHA-256 of it, as devices show it.
    pub fingerprint: String,
    /// Its file.
    pub file: PathBuf,
}

impl Authority {
    fn new(der: CertificateDer<'static>, file: PathBuf) -> Self {
        let fingerprint =
            Sha256::digest(&der).iter().enumerate().fold(String::new(), |mut text, (at, byte)| {
                // Writing to a string cannot fail.
                let _ = write!(text, "{}{byte:02X}", if at == 0 { "" } else { ":" });
                text
            });
        Self { der, fingerprint, file }
    }
}

/// The authority in a folder of secrets, and the names that it stands for.
#[derive(Debug)]
pub struct LocalAuthority {
    folder: PathBuf,
    names: Vec<String>,
    authority: Authority,
}

impl LocalAuthority {
    /// Opens the authority in a folder; makes it where there is none.
    ///
    /// # Errors
    /// Its files cannot be read or written.
    pub fn open(folder: &Path, hosts: &[HostName], now: DateTime<Utc>) -> Result<Self, AuthorityError> {
        let mut names: Vec<String> = Vec::new();
        for name in hosts.iter().map(HostName::as_str).chain(OWN_NAMES) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let (file, key) = (folder.join("torvan-ca.crt"), folder.join("torvan-ca.key"));
        match (file.exists(), key.exists()) {
            (true, true) => {}
            (false, false) => make_authority(&file, &key, &names, now)?,
            (true, false) => return Err(AuthorityError::Half { there: file, missing: key }),
            (false, true) => return Err(AuthorityError::Half { there: key, missing: file }),
        }
        let der = chain(&file)?.swap_remove(0);
        Ok(Self { folder: folder.to_owned(), names, authority: Authority::new(der, file) })
    }

    /// What devices are to trust.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// File of the server's certificate.
    #[must_use]
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.join("torvan-tls.crt")
    }

    /// File of the server's key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.folder.join("torvan-tls.key")
    }

    /// Makes the server's certificate anew, unless the present one is good for every name and for a month.
    ///
    /// # Errors
    /// The files cannot be read or written, or the authority does not stand for a name.
    pub fn renew(&self, now: DateTime<Utc>) -> Result<(), AuthorityError> {
        let present = Certificate::read(&self.certificate_file(), &self.key_file(), now);
        let is_good = present.is_ok_and(|present| {
            let later = now + chrono::Duration::days(RENEWED);
            self.names.iter().all(|name| self.stands_for(&present.key.cert, name, later).is_ok())
        });
        if is_good { Ok(()) } else { self.issue(now) }
    }

    fn issue(&self, now: DateTime<Utc>) -> Result<(), AuthorityError> {
        let authority_key = read_text(&self.folder.join("torvan-ca.key")).map_err(CertificateError::from)?;
        let issuer = Issuer::from_ca_cert_der(&self.authority.der, KeyPair::from_pem(&authority_key)?)?;
        let mut parameters = parameters(&self.names, now, SERVER_DAYS)?;
        parameters
            .distinguished_name
            .push(DnType::CommonName, self.names.first().cloned().unwrap_or_default());
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        parameters.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let made = parameters.signed_by(&key, &issuer)?;
        // As a browser would: before anything that works is replaced.
        let made_chain = [made.der().clone()];
        for name in &self.names {
            self.stands_for(&made_chain, name, now).map_err(|error| AuthorityError::NotFor {
                authority: self.authority.file.clone(),
                name: name.clone(),
                reason: error.to_string(),
            })?;
        }
        // A kill in between leaves two files that do not belong together; the next start makes both anew.
        write(&self.key_file(), &Zeroizing::new(key.serialize_pem()), 0o600)?;
        write(&self.certificate_file(), &made.pem(), 0o644)
    }

    fn stands_for(
        &self,
        chain: &[CertificateDer<'_>],
        name: &str,
        at: DateTime<Utc>,
    ) -> Result<(), rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der.clone())?;
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        let name = ServerName::try_from(name).map_err(|error| rustls::Error::General(error.to_string()))?;
        let [first, others @ ..] = chain else {
            return Err(rustls::Error::NoCertificatesPresented);
        };
        let since_epoch = Duration::from_secs(u64::try_from(at.timestamp()).unwrap_or_default());
        let moment = UnixTime::since_unix_epoch(since_epoch);
        verifier.verify_server_cert(first, others, &name, &[], moment).map(|_| ())
    }
}

fn parameters(names: &[String], now: DateTime<Utc>, days: i64) -> Result<CertificateParams, AuthorityError> {
    let mut parameters = CertificateParams::new(names.to_vec())?;
    let day = |day: i64| {
        let seconds = now.timestamp() + day * DAY;
        OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| rcgen::Error::Time)
    };
    // Clocks of tablets run late.
    parameters.not_before = day(-1)?;
    parameters.not_after = day(days)?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::OrganizationName, "Torvan");
    Ok(parameters)
}

/// An authority that signs for the plant's names and nothing else: who steals its key can pass for this server, not for a bank.
fn make_authority(
    file: &Path,
    key_file: &Path,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<(), AuthorityError> {
    let mut parameters = parameters(&[], now, AUTHORITY_DAYS)?;
    let name = names.first().map_or("", String::as_str);
    let title = format!("Torvan local authority of {name}, {}", now.format("%Y-%m-%d"));
    parameters.distinguished_name.push(DnType::CommonName, title);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let permitted_subtrees = names.iter().map(|name| subtree(name)).collect();
    parameters.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    let key = KeyPair::generate()?;
    let made = parameters.self_signed(&key)?;
    write(key_file, &Zeroizing::new(key.serialize_pem()), 0o600)?;
    write(file, &made.pem(), 0o644)
}

fn subtree(name: &str) -> GeneralSubtree {
    match name.parse::<IpAddr>() {
        Ok(address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
        }
        Err(_) => GeneralSubtree::DnsName(name.to_owned()),
    }
}

/// Whole or not at all: beside it first, then in its place.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), AuthorityError> {
    let draft = path.with_extension("new");
    let written = (|| {
        let _ = fs::remove_file(&draft);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    written.map_err(|source| AuthorityError::Write { path: path.to_owned(), source })
}
