//! A database with sample data and the real binary beside it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use torvan_testing::TestDatabase;

pub(crate) const SALES: &str = "sample.sales";
pub(crate) const PRODUCTION: &str = "sample.production";

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// What it printed, if it ended with 0.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.stderr, self.stdout);
        self.stdout
    }

    /// What it printed as JSON, if it ended with 0.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// The one line with which it failed.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.code, 1, "{}\n{}", self.stderr, self.stdout);
        assert_eq!(self.stderr.trim_end().lines().count(), 1, "one line: {}", self.stderr);
        assert_eq!(self.stdout, "", "a refusal prints no result");
        self.stderr.strip_prefix("error: ").unwrap().trim_end().to_owned()
    }

    /// What it said about its wrong use.
    #[track_caller]
    pub(crate) fn misused(self) -> String {
        assert_eq!(self.code, 2, "{}\n{}", self.stderr, self.stdout);
        self.stderr
    }
}

/// The plant: its database, and people at the command line.
pub(crate) struct Plant {
    pub db: TestDatabase,
}

impl Plant {
    pub(crate) async fn new() -> Self {
        Self { db: TestDatabase::new().await }
    }

    /// Runs a command for nobody in particular.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments, "")
    }

    /// Runs a command for a person.
    pub(crate) fn run_as(&self, login: &str, arguments: &[&str]) -> Ended {
        self.start(&[&["--as", login], arguments].concat(), "")
    }

    /// Runs a command that reads standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        self.start(arguments, input)
    }

    fn start(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = torvan(arguments);
        command.env("TORVAN_DATABASE_URL", self.db.url());
        finish(command, input)
    }

    /// Makes an order of the sample customer and returns its number.
    pub(crate) fn order(&self, po: &str, builds: &[&str]) -> String {
        let mut arguments = vec!["order", "new", "--customer", "STELMO", "--sales-person", "Sam Sales"];
        arguments.extend(["--want-date", "2999-01-01", "--po", po]);
        for build in builds {
            arguments.extend(["--build", build]);
        }
        self.run_as(SALES, &arguments).done().trim_end().to_owned()
    }

    /// One value of the database.
    pub(crate) async fn value(&self, sql: &'static str) -> String {
        sqlx::query_scalar::<_, Option<String>>(sql)
            .fetch_one(self.db.pool())
            .await
            .unwrap()
            .unwrap_or_default()
    }

    /// Brings the sinks of an order in PRODUCTION on to another phase.
    pub(crate) async fn bring(&self, order: &str, to: &str) {
        let shop_floor = include_str!("../../../../tests/stories/_shop_floor.sql");
        sqlx::raw_sql(shop_floor).execute(self.db.pool()).await.unwrap();
        let bring = "SELECT testing.bring_order((SELECT order_id FROM orders WHERE order_number = $1), $2)";
        sqlx::query(bring).bind(order).bind(to).execute(self.db.pool()).await.unwrap();
    }

    /// Changes something by hand.
    pub(crate) async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.db.pool()).await.unwrap();
    }
}

/// The binary, told nothing by the environment of the test.
pub(crate) fn torvan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torvan"));
    command
        .args(arguments)
        .env_remove("TORVAN_AS")
        .env_remove("TORVAN_DATA_DIR")
        .env_remove("TORVAN_CONTENTS")
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("TORVAN_DATABASE_URL");
    command
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command, input: &str) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // A command that does not read its input may have ended before it is written.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    let output = process.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Path of a parameter file that is shown to newcomers.
pub(crate) fn example(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples").join(name);
    path.canonicalize().unwrap().display().to_string()
}

/// The cells of a CSV text by row, heads first.
pub(crate) fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Texts of a field of each element of a list.
pub(crate) fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|element| element[field].as_str().unwrap()).collect()
}
