//! Taking connections: as many as there are places, from one address only a part of them.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::{Shared, attend};
use crate::app::Settings;

/// Time for requests under way when the server is told to end.
const GRACE: Duration = Duration::from_secs(20);

/// Pause after the system refused a connection, for want of files or memory.
const RECOVERY: Duration = Duration::from_millis(500);

/// Part of the places that one address may hold; a proxy of ours holds as many as it likes.
const PART_OF_AN_ADDRESS: usize = 4;

/// Serves until `ending` comes; requests under way are finished, up to [`GRACE`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    ending: impl Future<Output = ()>,
) {
    let (tell, told) = watch::channel(false);
    let shared = Arc::new(Shared::new(router, settings.tls.clone(), settings.patience));
    let places = Places::new(settings);
    let mut attended = JoinSet::new();
    let mut ending = pin!(ending);
    loop {
        let (place, stream, peer) = tokio::select! {
            next = places.next(&listener) => next,
            () = &mut ending => break,
        };
        while attended.try_join_next().is_some() {}
        let (shared, told) = (Arc::clone(&shared), told.clone());
        attended.spawn(async move {
            let _place = place;
            attend(shared, stream, peer, told).await;
        });
    }
    drop(listener);
    let _ = tell.send(true);
    let all = async { while attended.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        tracing::warn!("requests were under way after {GRACE:?} and were ended");
    }
}

/// Places for connections.
struct Places {
    free: Arc<Semaphore>,
    all: usize,
    is_encrypted: bool,
    proxies: Vec<IpAddr>,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    fn new(settings: &Settings) -> Self {
        Self {
            free: Arc::new(Semaphore::new(settings.max_connections)),
            all: settings.max_connections,
            is_encrypted: settings.tls.is_some(),
            proxies: settings.trusted_proxies.clone(),
            held: Arc::default(),
        }
    }

    /// The next connection that is let in. While no place is free, those that come wait with the system.
    async fn next(&self, listener: &TcpListener) -> (Place, TcpStream, SocketAddr) {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.free).acquire_owned().await {
                break permit;
            }
        };
        loop {
            match listener.accept().await {
                Ok((stream, peer)) if self.lets_in(peer.ip().to_canonical()) => {
                    let place = Place::new(permit, peer.ip().to_canonical(), Arc::clone(&self.held));
                    return (place, stream, peer);
                }
                Ok(_) => metrics::counter!("torvan_connections_refused_total").increment(1),
                Err(error) => recover(&error).await,
            }
        }
    }

    fn lets_in(&self, peer: IpAddr) -> bool {
        if self.proxies.contains(&peer) {
            return true;
        }
        // What is not encrypted must not cross a network: it comes from this machine, or through a proxy of ours.
        if !self.is_encrypted && !peer.is_loopback() {
            tracing::info!(client = %peer, "refused a connection without TLS that comes from no trusted proxy");
            return false;
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_greedy = held.get(&peer).copied().unwrap_or_default() >= self.all.div_ceil(PART_OF_AN_ADDRESS);
        !is_greedy
    }
}

/// A connection that is gone before it was taken is nobody's fault; anything else needs a moment.
async fn recover(error: &io::Error) {
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::error!(%error, "cannot take a connection");
        tokio::time::sleep(RECOVERY).await;
    }
}

/// A place that a connection holds until it ends.
struct Place {
    _permit: OwnedSemaphorePermit,
    peer: IpAddr,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Place {
    fn new(permit: OwnedSemaphorePermit, peer: IpAddr, held: Arc<Mutex<HashMap<IpAddr, usize>>>) -> Self {
        *held.lock().unwrap_or_else(PoisonError::into_inner).entry(peer).or_default() += 1;
        metrics::gauge!("torvan_connections").increment(1);
        Self { _permit: permit, peer, held }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("torvan_connections").decrement(1);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.peer);
            }
        }
    }
}
