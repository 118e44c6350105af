//! One throw-away cluster per test run, one database per test. For dev-dependencies only.
//!
//! ```no_run
//! # async fn test() {
//! use torvan_testing::TestDatabase;
//!
//! let db = TestDatabase::new().await; // deployed with sample data; `bare()` without, `empty()` not deployed at all
//! let parts: i64 = sqlx::query_scalar("SELECT count(*) FROM parts").fetch_one(db.pool()).await.unwrap();
//! let shown = db.psql(&["-c", "SELECT generate_order_number()"]); // the real psql, as torvan_user
//! assert_eq!(shown.code, 0, "{}", shown.stderr);
//! # }
//! ```
//!
//! The first test of a run starts the cluster and deploys `database/` as it is on disk into a template; each test gets a copy of
//! it, dropped when the `TestDatabase` goes. When the runner (`cargo nextest`, `cargo test`) ends, so does the cluster; what a
//! killed run leaves behind is swept by the next one. `TORVAN_TEST_PG_BIN` names the folder of another PostgreSQL to test with.

mod certificates;
mod cluster;
mod database;

pub use certificates::{Issued, write_key};
pub use cluster::{TestCluster, TestingError};
pub use database::{Psql, TestDatabase, url_for_psql};
