//! The pool and the request context. Only this module opens transactions.

use sqlx::PgConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};

use crate::{StoreError, StoreResult};

/// On whose behalf a transaction works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The database role itself, for operators who own the database.
    Database,
    /// Nobody yet: the first statement finds out.
    Unknown,
    /// A signed-in person.
    User {
        /// Key of the person.
        user_id: i64,
        /// Identity of the request, found again in logs and audit.
        request_id: String,
    },
    /// A person named by login, for operators who own the database and act for someone.
    Login {
        /// Login of the person.
        login: String,
        /// Why the operator acts for the person.
        reason: String,
    },
}

/// The pool of connections to one database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// Opens a pool of at most `max_connections` and proves that the database answers.
    pub async fn connect(options: PgConnectOptions, max_connections: u32) -> StoreResult<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .connect_with(options)
            .await
            .map_err(StoreError::from)?;
        Ok(Self { pool })
    }

    /// Uses a pool that exists already.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Begins the one transaction of a request.
    pub async fn begin(&self, actor: &Actor) -> StoreResult<Context> {
        Context::begin(&self.pool, actor).await
    }

    /// How connections are made, for one beside the pool.
    pub(crate) fn connect_options(&self) -> PgConnectOptions {
        (*self.pool.connect_options()).clone()
    }

    /// Connections that there may be at a time.
    #[must_use]
    pub fn most_connections(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// Waits until every connection is given back and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// One transaction with its actor. Dropped without [`Context::commit`] it leaves nothing behind.
#[derive(Debug)]
pub struct Context {
    transaction: Transaction<'static, Postgres>,
    /// Whether the person who acts sees few builds, and not all orders.
    pub(crate) sees_few: bool,
}

impl Context {
    async fn begin(pool: &PgPool, actor: &Actor) -> StoreResult<Self> {
        let mut transaction = pool.begin().await?;
        match actor {
            Actor::Unknown => {}
            Actor::Database => set_actor(&mut transaction, "", "").await?,
            Actor::User { user_id, request_id } => {
                set_actor(&mut transaction, &user_id.to_string(), request_id).await?;
            }
            Actor::Login { login, reason } => {
                sqlx::query_file!("queries/context/begin_as.sql", login, reason)
                    .fetch_one(&mut *transaction)
                    .await?;
            }
        }
        Ok(Self { transaction, sees_few: false })
    }

    /// The connection inside the transaction, for the domain modules.
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Makes everything done in this context last.
    pub async fn commit(self) -> StoreResult<()> {
        Ok(self.transaction.commit().await?)
    }

    /// Undoes everything done in this context.
    pub async fn rollback(self) -> StoreResult<()> {
        Ok(self.transaction.rollback().await?)
    }
}

// The settings end with the transaction: a pooler may hand the connection to somebody else next.
async fn set_actor(connection: &mut PgConnection, user_id: &str, request_id: &str) -> StoreResult<()> {
    sqlx::query_file!("queries/context/set_actor.sql", user_id, request_id).fetch_one(connection).await?;
    Ok(())
}
