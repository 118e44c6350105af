//! Finds the programs of a PostgreSQL server on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Oldest major version that is served.
pub const MINIMUM_MAJOR: u32 = 15;

/// Folders where the systems we know keep the programs of one major version; `*` is the version.
const USUAL_FOLDERS: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"),
    ("/usr/pgsql-*", "bin"),
    ("/usr/lib/postgresql*", "bin"),
    ("/usr/local/pgsql", "bin"),
    ("/opt/homebrew/opt/postgresql@*", "bin"),
    ("/usr/local/opt/postgresql@*", "bin"),
    ("/Library/PostgreSQL", "bin"),
];

/// Programs without which no cluster can be run.
const REQUIRED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Why no server could be found.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Nothing on this machine.
    #[error(
        "no PostgreSQL server found (looked at pg_config, the usual folders and PATH); mend: apt-get install postgresql, or name the folder of initdb by --pg-bin or TORVAN_PG_BIN"
    )]
    NotFound,
    /// Only versions before the minimum.
    #[error(
        "PostgreSQL {version} in {folder} is too old; mend: install PostgreSQL {MINIMUM_MAJOR} or later, or name its folder by --pg-bin or TORVAN_PG_BIN"
    )]
    TooOld {
        /// The newest version that was found.
        version: String,
        /// Where it is.
        folder: PathBuf,
    },
    /// The folder that was named holds no server.
    #[error(
        "{folder} holds no PostgreSQL server ({program} is missing or does not run); mend: name the folder that holds initdb, pg_ctl and postgres"
    )]
    Incomplete {
        /// The folder that was named.
        folder: PathBuf,
        /// The program that was looked for.
        program: &'static str,
    },
}

/// The programs of one PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresBinaries {
    folder: PathBuf,
    version: String,
    major: u32,
}

impl PostgresBinaries {
    /// The server in `named` if given, else the newest one of at least [`MINIMUM_MAJOR`] on this machine.
    pub fn find(named: Option<&Path>) -> Result<Self, PostgresError> {
        match named {
            Some(folder) => Self::inspect(folder)?.refuse_old(),
            None => Self::newest(Self::installed()),
        }
    }

    /// Every complete server on this machine, newest first.
    #[must_use]
    pub fn installed() -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for folder in candidate_folders() {
            if let Ok(binaries) = Self::inspect(&folder)
                && !found.iter().any(|known| known.folder == binaries.folder)
            {
                found.push(binaries);
            }
        }
        found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
        found
    }

    /// Folder of the programs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Version as the server names it, for example `15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Whether this version is served.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.major >= MINIMUM_MAJOR
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn newest(found: Vec<Self>) -> Result<Self, PostgresError> {
        found.into_iter().next().ok_or(PostgresError::NotFound)?.refuse_old()
    }

    fn refuse_old(self) -> Result<Self, PostgresError> {
        if self.is_served() {
            return Ok(self);
        }
        Err(PostgresError::TooOld { version: self.version, folder: self.folder })
    }

    fn inspect(folder: &Path) -> Result<Self, PostgresError> {
        let incomplete = |program| PostgresError::Incomplete { folder: folder.to_owned(), program };
        if let Some(program) = REQUIRED.into_iter().find(|program| !folder.join(program).is_file()) {
            return Err(incomplete(program));
        }
        let version = output(Command::new(folder.join("postgres")).arg("--version"))
            .and_then(|line| version_in(&line))
            .ok_or_else(|| incomplete("postgres"))?;
        let major = version
            .split(|sign: char| !sign.is_ascii_digit())
            .next()
            .and_then(|figures| figures.parse().ok())
            .ok_or_else(|| incomplete("postgres"))?;
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        Ok(Self { folder, version, major })
    }
}

/// `psql` or another client program: beside the server, on the PATH, or beside any other server of this machine.
#[must_use]
pub fn find_client(program: &str, beside: Option<&PostgresBinaries>) -> Option<PathBuf> {
    let folders = beside
        .map(|binaries| binaries.folder.clone())
        .into_iter()
        .chain(path_folders())
        .chain(PostgresBinaries::installed().into_iter().map(|binaries| binaries.folder));
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn candidate_folders() -> Vec<PathBuf> {
    let configured = output(Command::new("pg_config").arg("--bindir")).map(|line| PathBuf::from(line.trim()));
    let usual = USUAL_FOLDERS.iter().flat_map(|(pattern, below)| usual_folders(pattern, below));
    configured.into_iter().chain(usual).chain(path_folders()).collect()
}

/// `/usr/pgsql-*` names folders that begin so; `/usr/lib/postgresql` names a folder with one folder per version in it.
fn usual_folders(pattern: &str, below: &str) -> Vec<PathBuf> {
    let path = Path::new(pattern);
    if let Some(prefix) = pattern.strip_suffix('*') {
        let parent = path.parent().unwrap_or(Path::new("/"));
        return folders_in(parent)
            .into_iter()
            .filter(|folder| folder.to_string_lossy().starts_with(prefix))
            .map(|folder| folder.join(below))
            .collect();
    }
    let versions = folders_in(path).into_iter().map(|folder| folder.join(below));
    std::iter::once(path.join(below)).chain(versions).collect()
}

fn folders_in(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → `15.18`.
fn version_in(line: &str) -> Option<String> {
    line.split_whitespace()
        .find(|word| word.starts_with(|sign: char| sign.is_ascii_digit()))
        .map(str::to_owned)
}
