//! What every request shares.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use torvan_store::Store;

use crate::contents::Contents;
use crate::credentials::encryption_keys::EncryptionKeys;
use crate::credentials::password::Hasher;
use crate::credentials::sealing::SealingKeys;
use crate::events::{Hub, Limits};
use crate::http::rates::Rates;
use crate::identity::oidc::Providers;
use crate::transport::Patience;
use crate::transport::tls::Tls;

/// Files of lists that are written at a time.
const MAX_EXPORTS: usize = 4;

/// Files that are on their way in at a time: at most 25 MiB each of the disk.
pub(crate) const MAX_UPLOADS: u32 = 32;

/// Of these, those of one person: more of theirs wait, and nobody else does.
pub(crate) const MAX_UPLOADS_OF_ONE: u32 = 4;

/// Files that are handed on to where they lie at a time: each holds a connection, or a way to the store.
const MAX_STORING: usize = 4;

/// Pictures that are held in memory at a time, to take out what they tell: at most 25 MiB each.
const MAX_PICTURES: usize = 4;

/// Settings of the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port under which browsers see the server; what comes from elsewhere is cross-site.
    pub origins: Vec<String>,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Longest time for a request.
    pub deadline: Duration,
    /// Certificate and key; without them HTTP is plain, and taken from this machine and from trusted proxies only.
    pub tls: Option<Arc<Tls>>,
    /// Connections at a time; more wait.
    pub max_connections: usize,
    /// How long a connection may be silent.
    pub patience: Patience,
    /// Requests per second of one session or token, with bursts of four times as many; an address from which nobody has
    /// signed in yet gets twice that. 0: as many as they like.
    pub requests_per_second: u32,
    /// Whether the database need not prove who it is, as somebody chose; told by `/readyz`.
    pub has_unverified_database: bool,
    /// Limits of streams of events.
    pub events: Limits,
    /// Where contents of files lie.
    pub contents: Arc<Contents>,
    /// Whether permissions are checked here too. Off only in tests, which show that the database alone holds.
    pub checks_permissions: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            trusted_proxies: Vec::new(),
            deadline: Duration::from_secs(30),
            tls: None,
            max_connections: 1_000,
            patience: Patience::default(),
            requests_per_second: 0,
            has_unverified_database: false,
            events: Limits::default(),
            contents: Arc::default(),
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
    rates: Rates,
    settings: Settings,
    providers: Providers,
    exports: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    uploads_of: Mutex<HashMap<i64, Arc<Semaphore>>>,
    storing: Arc<Semaphore>,
    pictures: Semaphore,
    bulks: Arc<Semaphore>,
    events: Arc<Hub>,
    ending: watch::Sender<bool>,
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
        let connections = store.most_connections();
        Self {
            inner: Arc::new(Inner {
                bulks: Arc::new(Semaphore::new((connections as usize / 4).max(1))),
                events: Arc::new(Hub::new(settings.events, connections)),
                ending: watch::Sender::new(false),
                store,
                hasher,
                sealing,
                encryption,
                rates: Rates::new(settings.requests_per_second),
                settings,
                providers: Providers::new(),
                exports: Arc::new(Semaphore::new(MAX_EXPORTS)),
                uploads: Arc::new(Semaphore::new(MAX_UPLOADS as usize)),
                uploads_of: Mutex::default(),
                storing: Arc::new(Semaphore::new(MAX_STORING)),
                pictures: Semaphore::new(MAX_PICTURES),
            }),
        }
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

    /// What is known of providers of identities.
    #[must_use]
    pub fn providers(&self) -> &Providers {
        &self.inner.providers
    }

    /// Who may write a file of a list: few at a time, since each holds a connection until its reader is done.
    #[must_use]
    pub fn exports(&self) -> &Arc<Semaphore> {
        &self.inner.exports
    }

    /// Who may send a file: so many at a time that the disk has room for them.
    #[must_use]
    pub fn uploads(&self) -> &Arc<Semaphore> {
        &self.inner.uploads
    }

    /// Who may send a file, of one person.
    #[must_use]
    pub fn uploads_of(&self, user_id: i64) -> Arc<Semaphore> {
        let mut of_all = self.inner.uploads_of.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever sends none has no place there.
        let most = MAX_UPLOADS_OF_ONE as usize;
        of_all.retain(|person, places| *person == user_id || places.available_permits() < most);
        Arc::clone(of_all.entry(user_id).or_insert_with(|| Arc::new(Semaphore::new(most))))
    }

    /// Whose file is handed on to where it lies: few at a time, so that connections are left for everybody else.
    #[must_use]
    pub fn storing(&self) -> &Arc<Semaphore> {
        &self.inner.storing
    }

    /// Whose picture is held in memory: few at a time.
    #[must_use]
    pub fn pictures(&self) -> &Semaphore {
        &self.inner.pictures
    }

    /// What counts requests.
    pub(crate) fn rates(&self) -> &Rates {
        &self.inner.rates
    }

    /// Who may send requests in bulk: few at a time, since each holds a connection until all of it is done.
    #[must_use]
    pub fn bulks(&self) -> &Arc<Semaphore> {
        &self.inner.bulks
    }

    /// The latest events and who watches them.
    #[must_use]
    pub fn events(&self) -> &Arc<Hub> {
        &self.inner.events
    }

    /// Tells whatever would go on for ever that the server ends.
    pub fn end(&self) {
        self.inner.ending.send_replace(true);
    }

    /// Waits until the server ends.
    pub async fn ended(&self) {
        // The sender lives as long as we do.
        let _ = self.inner.ending.subscribe().wait_for(|is_ending| *is_ending).await;
    }

    /// Works until the server ends.
    pub(crate) async fn until_ended(self, working: impl Future<Output = ()>) {
        tokio::select! {
            () = self.ended() => {}
            () = working => {}
        }
    }

    /// Settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
}
