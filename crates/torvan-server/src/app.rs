//! What every request shares.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use torvan_store::Store;

use crate::credentials::encryption_keys::EncryptionKeys;
use crate::credentials::password::Hasher;
use crate::credentials::sealing::SealingKeys;

/// Settings of the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port under which browsers see the server; what comes from elsewhere is cross-site.
    pub origins: Vec<String>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Longest time for a request.
    pub deadline: Duration,
    /// Whether permissions are checked here too. Off only in tests, which show that the database alone holds.
    pub checks_permissions: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            deadline: Duration::from_secs(30),
            checks_permissions: true,
        }
    }
}

/// The server's parts.
#[derive(Debug, Clone)]
pub struct App {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    hasher: Hasher,
    sealing: SealingKeys,
    encryption: EncryptionKeys,
    settings: Settings,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(
        store: Store,
        hasher: Hasher,
        sealing: SealingKeys,
        encryption: EncryptionKeys,
        settings: Settings,
    ) -> Self {
        Self { inner: Arc::new(Inner { store, hasher, sealing, encryption, settings }) }
    }

    /// The way to the database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// What checks passwords.
    #[must_use]
    pub fn hasher(&self) -> &Hasher {
        &self.inner.hasher
    }

    /// What seals second factors.
    #[must_use]
    pub fn sealing(&self) -> &SealingKeys {
        &self.inner.sealing
    }

    /// What opens encrypted values in the database.
    #[must_use]
    pub fn encryption(&self) -> &EncryptionKeys {
        &self.inner.encryption
    }

    /// Settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}
