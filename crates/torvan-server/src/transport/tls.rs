//! TLS of the server: one configuration, and the certificate in force, which can be changed without a pause.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use tokio_rustls::TlsAcceptor;

use super::authority::{Authority, AuthorityError, LocalAuthority};
use super::certificate::{Certificate, CertificateError};

/// How often the end of the certificate is looked at.
const LOOK: Duration = Duration::from_hours(1);

/// Looks between two warnings: a day.
const LOOKS_OF_A_DAY: u32 = 24;

/// Days before its end from which on a certificate is warned of, urgently from the last ones on.
const WARNED: i64 = 30;
const SOON: i64 = 14;
const URGENT: i64 = 3;

/// Why TLS cannot begin, or a new certificate not be taken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The files.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The local authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The library refused its own settings.
    #[error("TLS cannot begin: {0}")]
    Library(#[from] rustls::Error),
}

/// Where the certificate comes from.
#[derive(Debug)]
enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    Local(LocalAuthority),
}

impl Source {
    fn read(&self, now: DateTime<Utc>) -> Result<Certificate, TlsError> {
        match self {
            Self::Files { certificate, key } => Ok(Certificate::read(certificate, key, now)?),
            Self::Local(authority) => {
                authority.renew(now)?;
                Ok(Certificate::read(&authority.certificate_file(), &authority.key_file(), now)?)
            }
        }
    }
}

/// TLS of the server.
#[derive(Debug)]
pub struct Tls {
    source: Source,
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
}

impl Tls {
    /// With a certificate and a key from files in PEM.
    ///
    /// # Errors
    /// A file is missing, open to others, not that of the other, or its time is over.
    pub fn from_files(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        Self::new(Source::Files { certificate, key })
    }

    /// With a certificate of the local authority, made or renewed where it is due.
    ///
    /// # Errors
    /// The files cannot be used, or the authority is not for these names.
    pub fn of_authority(authority: LocalAuthority) -> Result<Self, TlsError> {
        Self::new(Source::Local(authority))
    }

    fn new(source: Source) -> Result<Self, TlsError> {
        let first = source.read(Utc::now())?;
        let shown = Arc::new(Shown(RwLock::new(InForce { key: Arc::new(first.key), ends: first.ends })));
        // Every suite of the provider is AEAD with a fresh key exchange; older versions are not built in at all.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { source, config: Arc::new(config), shown })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Reads the files again. Handshakes from now on show what they hold; what cannot be used leaves all as it is.
    ///
    /// # Errors
    /// As [`Tls::from_files`].
    pub fn reload(&self) -> Result<DateTime<Utc>, TlsError> {
        let next = self.source.read(Utc::now())?;
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        *shown = InForce { key: Arc::new(next.key), ends: next.ends };
        Ok(shown.ends)
    }

    /// [`Tls::reload`], told in the log.
    pub fn reload_and_tell(&self) {
        match self.reload() {
            Ok(ends) => {
                self.note_days_left();
                tracing::info!(%ends, "the TLS certificate was read again");
            }
            Err(error) => {
                tracing::error!(%error, "the TLS certificate was not changed: the former one stays in force");
            }
        }
    }

    /// When the certificate in force ends.
    #[must_use]
    pub fn ends(&self) -> DateTime<Utc> {
        self.shown.0.read().unwrap_or_else(PoisonError::into_inner).ends
    }

    /// The local authority's own certificate, for whoever is to trust it.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        match &self.source {
            Source::Local(local) => Some(local.authority()),
            Source::Files { .. } => None,
        }
    }

    fn note_days_left(&self) -> i64 {
        let days = (self.ends() - Utc::now()).num_days();
        // A figure: beyond 2^52 days nobody looks.
        #[expect(clippy::cast_precision_loss, reason = "days fit")]
        metrics::gauge!("torvan_tls_certificate_days_left").set(days as f64);
        days
    }

    /// Looks at the end of the certificate for as long as the server runs: renews what the local authority may renew, and
    /// warns daily of what a person has to.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut looks = 0_u32;
        loop {
            let mut days = self.note_days_left();
            if days < WARNED && self.authority().is_some() {
                self.reload_and_tell();
                days = self.note_days_left();
            }
            if looks.is_multiple_of(LOOKS_OF_A_DAY) {
                warn(days);
            }
            looks = looks.wrapping_add(1);
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn warn(days: i64) {
    const MEND: &str = "the TLS certificate ends; mend: renew its file, then send the server SIGHUP";
    match days {
        ..URGENT => tracing::error!(days, "{MEND}: in a moment nobody can sign in"),
        URGENT..SOON => tracing::warn!(days, "{MEND} soon"),
        SOON..=WARNED => tracing::warn!(days, "{MEND}"),
        _ => {}
    }
}

/// The certificate that handshakes show.
#[derive(Debug)]
struct Shown(RwLock<InForce>);

#[derive(Debug)]
struct InForce {
    key: Arc<CertifiedKey>,
    ends: DateTime<Utc>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).key))
    }
}
