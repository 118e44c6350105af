//! `torvan doctor`: what is missing on this machine, and what mends it.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use sqlx::Connection as _;
use torvan_deploy::{Account, Cluster, MINIMUM_MAJOR, PostgresBinaries, find_client, free_bytes};

use torvan_store::Store;

use crate::contents::Places;
use crate::{Globals, connection};

const GIGABYTE: u64 = 1024 * 1024 * 1024;

/// What the contract asks for.
const WANTED_DISK: u64 = 10 * GIGABYTE;
const WANTED_MEMORY: u64 = 4 * GIGABYTE;

/// Below this nothing can be made.
const NEEDED_DISK: u64 = GIGABYTE / 2;

/// What `torvan doctor` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  torvan doctor --data-dir /srv/torvan\n  torvan doctor --contents s3://plant-files/torvan --contents-credentials /etc/torvan/s3"
)]
pub(crate) struct Args {
    #[command(flatten)]
    places: Places,
}

/// One thing that was looked at.
struct Finding {
    state: State,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Works, but less well than it could.
    Poor,
    /// `torvan up` cannot work.
    Missing,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Self { state: State::Good, text: text.into() }
    }

    fn poor(text: impl Into<String>) -> Self {
        Self { state: State::Poor, text: text.into() }
    }

    fn missing(text: impl Into<String>) -> Self {
        Self { state: State::Missing, text: text.into() }
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let data_dir = connection::data_dir(&globals);
    let mut findings = servers(globals.pg_bin.as_deref());
    findings.push(psql());
    findings.push(account(&data_dir));
    findings.push(disk(&data_dir));
    findings.push(memory());
    findings.push(locale());
    findings.push(database(&globals, &data_dir).await);
    findings.extend(contents(&globals, &args.places).await);

    for finding in &findings {
        let sign = match finding.state {
            State::Good => "ok     ",
            State::Poor => "poor   ",
            State::Missing => "MISSING",
        };
        println!("{sign}  {}", finding.text);
    }
    let is_missing = findings.iter().any(|finding| finding.state == State::Missing);
    Ok(if is_missing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn servers(named: Option<&Path>) -> Vec<Finding> {
    let chosen = match PostgresBinaries::find(named) {
        Ok(chosen) => chosen,
        Err(error) => return vec![Finding::missing(error.to_string())],
    };
    let others = PostgresBinaries::installed().into_iter().filter(|other| *other != chosen).map(|other| {
        let note = if other.is_served() { "not used" } else { "too old" };
        Finding::good(format!("PostgreSQL {} in {} ({note})", other.version(), other.folder().display()))
    });
    let used = Finding::good(format!(
        "PostgreSQL {} in {} ({MINIMUM_MAJOR} or later is needed)",
        chosen.version(),
        chosen.folder().display()
    ));
    std::iter::once(used).chain(others).collect()
}

fn psql() -> Finding {
    match find_client("psql", None) {
        Some(path) => Finding::good(format!("psql is {}", path.display())),
        None => Finding::poor(
            "psql is not installed; torvan works without; mend: apt-get install postgresql-client",
        ),
    }
}

fn account(data_dir: &Path) -> Finding {
    let chosen =
        Account::choose(data_dir).and_then(|account| account.check_way_to(data_dir).map(|()| account));
    match chosen {
        Ok(account) => {
            Finding::good(format!("data directory {}, server runs as {}", data_dir.display(), account.name()))
        }
        Err(error) => Finding::missing(error.to_string()),
    }
}

fn disk(data_dir: &Path) -> Finding {
    let Some(free) = free_bytes(data_dir) else {
        return Finding::poor(format!("free space of {} is unknown", data_dir.display()));
    };
    let text = format!("{} GB free for {}", free / GIGABYTE, data_dir.display());
    match free {
        0..NEEDED_DISK => Finding::missing(format!("{text}; mend: free some, or choose another --data-dir")),
        NEEDED_DISK..WANTED_DISK => Finding::poor(format!("{text}; 10 GB are recommended")),
        _ => Finding::good(text),
    }
}

fn memory() -> Finding {
    let kilobytes = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    match kilobytes.map(|kilobytes| kilobytes * 1024) {
        None => Finding::poor("memory of the machine is unknown"),
        // A machine sold with 4 GB shows a little less.
        Some(bytes) if bytes < WANTED_MEMORY * 9 / 10 => {
            Finding::poor(format!("{} MB of memory; 4 GB are recommended", bytes / 1024 / 1024))
        }
        Some(bytes) => Finding::good(format!("{} GB of memory", bytes / GIGABYTE)),
    }
}

fn locale() -> Finding {
    let listed = Command::new("locale").arg("-a").output().map(|output| output.stdout).unwrap_or_default();
    let has_utf8 = String::from_utf8_lossy(&listed).lines().any(|name| {
        let charset = name.rsplit('.').next().unwrap_or_default();
        ["utf8", "utf-8"].iter().any(|utf8| charset.eq_ignore_ascii_case(utf8))
    });
    if has_utf8 {
        return Finding::good("a UTF-8 locale is installed");
    }
    Finding::poor(
        "no UTF-8 locale: upper and lower case of é, ñ … are not told apart in searches; mend: install the locale C.UTF-8",
    )
}

async fn database(globals: &Globals, data_dir: &Path) -> Finding {
    if globals.database_url.is_none()
        && let Err(error) = Cluster::connect_options(data_dir)
    {
        return Finding::good(error.to_string());
    }
    match version(globals).await {
        Ok(version) => Finding::good(format!("the database answers (PostgreSQL {version})")),
        Err(error) => Finding::missing(format!("{error:#}")),
    }
}

/// The place for contents of files, where one was named.
async fn contents(globals: &Globals, places: &Places) -> Option<Finding> {
    let contents = match places.open() {
        Ok(contents) => contents,
        Err(error) => return Some(Finding::missing(format!("{error:#}"))),
    };
    let place = contents.for_new()?.location();
    let Ok(pool) = connection::pool(globals).await else {
        return Some(Finding::poor(format!("{place} was not tried, since the database does not answer")));
    };
    Some(match contents.prove(&Store::from_pool(pool)).await {
        Ok(()) => Finding::good(format!("contents of files can be kept in {place}")),
        Err(error) => Finding::missing(error.to_string()),
    })
}

async fn version(globals: &Globals) -> anyhow::Result<String> {
    let mut session = connection::single(globals).await?;
    let version =
        sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(&mut session).await?;
    session.close().await?;
    Ok(version)
}
