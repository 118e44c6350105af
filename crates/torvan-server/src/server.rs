//! The running server: where it listens, how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::net::TcpListener;
use torvan_store::{Store, StoreError};

use crate::app::App;
use crate::contents::removing;
use crate::transport::accepting;
use crate::{by_the_clock, events, health, router};

/// Time for connections to be given back.
const CLOSING: Duration = Duration::from_secs(5);

/// Why a server does not start or ends.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another program has the address, or it is none of this machine.
    #[error(
        "cannot listen on {address}: {error}; mend: stop what listens there, or give another address with --listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: std::io::Error,
    },
    /// The database must not be worked with like this.
    #[error("the server does not start: {}", .0.join("; "))]
    Unfit(Vec<String>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the way to the database and refuses one that does not keep its promises.
///
/// # Errors
/// The database cannot be reached, or [`torvan_store::Standing::faults`] names a fault.
pub async fn open_store(options: PgConnectOptions, connections: u32) -> Result<Store, ServerError> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(
            options.options([("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "60s")]),
        )
        .await
        .map_err(StoreError::from)?;
    let store = Store::from_pool(pool);
    let faults = store.standing().await?.faults();
    if faults.is_empty() { Ok(store) } else { Err(ServerError::Unfit(faults)) }
}

/// Listens on an address.
///
/// # Errors
/// It is taken, or none of ours.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|error| ServerError::Listen { address, error })
}

/// Serves until `ending` comes; requests under way are finished, up to twenty seconds.
pub async fn serve(listener: TcpListener, app: App, ending: impl Future<Output = ()> + Send + 'static) {
    health::begin_counting();
    let keeping = app.settings().tls.clone().map(|tls| tokio::spawn(tls.keep()));
    events::begin(&app);
    by_the_clock::begin(&app);
    removing::begin(&app);
    let told = app.clone();
    let ending = async move {
        ending.await;
        // Streams never end by themselves; requests under way do.
        told.end();
    };
    accepting::serve(listener, router(app.clone()), app.settings(), ending).await;
    if let Some(keeping) = keeping {
        keeping.abort();
    }
    // An export whose reader does not read must not keep us.
    let _ = tokio::time::timeout(CLOSING, app.store().close()).await;
}
