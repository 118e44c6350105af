//! Stories in SQL: each file of `tests/stories/<domain>/` is one test, run by the real psql on a database of its own.
//!
//! A story says what somebody does and what must come of it, with the words of `_assertions.sql` (`testing.ok`,
//! `testing.same`, `testing.refused`). It begins as `torvan_user`; `SET SESSION AUTHORIZATION torvan_app` makes it the
//! server's role. A story whose name ends with `.bare.sql` gets a database without sample data.

use std::path::Path;

use torvan_testing::{Psql, TestDatabase};

const ASSERTIONS: &str = include_str!("_assertions.sql");

fn story(path: &Path) -> datatest_stable::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let bare = path.to_string_lossy().ends_with(".bare.sql");
        let db = if bare { TestDatabase::bare().await } else { TestDatabase::new().await };
        let script = format!("{ASSERTIONS}\n\\i '{}'\n", path.display());
        let arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"];
        let said = Psql::run_beside(
            &db.superuser_url(),
            &arguments,
            script.as_bytes(),
            Some(&db.cluster().passfile()),
        );
        if said.code == 0 {
            return Ok(());
        }
        Err(format!("psql ended with {}\n{}\n{}", said.code, said.stdout, said.stderr).into())
    })
}

datatest_stable::harness! {
    { test = story, root = "stories", pattern = r"^[a-z]+/[a-z0-9][a-z0-9_.]*\.sql$" },
}
