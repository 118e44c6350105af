//! Where the parts of a cluster lie inside its data directory.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use sha2::{Digest as _, Sha256};

use super::{ClusterError, at};
use crate::account::Account;

/// Superuser of the cluster; only the cluster itself is run by it.
pub(super) const SUPERUSER: &str = "postgres";

/// Longest path of a unix socket, without the closing zero.
const LONGEST_SOCKET_PATH: usize = 107;

/// Length of `/.s.PGSQL.5432`.
const SOCKET_NAME_LENGTH: usize = 14;

/// Paths of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) data_dir: PathBuf,
}

impl Layout {
    pub(super) fn new(data_dir: PathBuf) -> Self {
        Self { data_dir }
    }

    pub(super) fn cluster_dir(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }

    pub(super) fn partial_dir(&self) -> PathBuf {
        self.data_dir.join("postgres.partial")
    }

    pub(super) fn pid_file(&self) -> PathBuf {
        self.cluster_dir().join("postmaster.pid")
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.data_dir.join("torvan.lock")
    }

    pub(super) fn log_dir(&self) -> PathBuf {
        self.data_dir.join("log")
    }

    pub(super) fn secrets_dir(&self) -> PathBuf {
        self.data_dir.join("secrets")
    }

    pub(super) fn secret_file(&self, role: &str) -> PathBuf {
        self.secrets_dir().join(format!("{role}.password"))
    }

    pub(super) fn passfile(&self) -> PathBuf {
        self.secrets_dir().join("pgpass")
    }

    pub(super) fn is_made(&self) -> bool {
        self.cluster_dir().join("PG_VERSION").is_file()
    }

    /// Major version that made the cluster, if there is one.
    pub(super) fn made_by(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.cluster_dir().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().parse().ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ClusterError::File { path, source }),
        }
    }

    pub(super) fn read_secret(&self, role: &str) -> Result<String, ClusterError> {
        let path = self.secret_file(role);
        Ok(fs::read_to_string(&path).map_err(at(&path))?.trim().to_owned())
    }

    /// The password of a role, made up at random when there is none yet.
    pub(super) fn secret(&self, role: &str, account: &Account) -> Result<String, ClusterError> {
        let path = self.secret_file(role);
        if path.exists() {
            return self.read_secret(role);
        }
        let random = Path::new("/dev/urandom");
        let mut bytes = [0u8; 24];
        File::open(random).and_then(|mut source| source.read_exact(&mut bytes)).map_err(at(random))?;
        let secret = hexadecimal(&bytes);
        account.write_private_file(&path, &format!("{secret}\n")).map_err(at(&path))?;
        Ok(secret)
    }

    /// A folder for the socket: in the data directory, or a short private one when that path is too long for a socket.
    pub(super) fn socket_dir(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let inside = self.data_dir.join("run");
        if inside.as_os_str().len() + SOCKET_NAME_LENGTH <= LONGEST_SOCKET_PATH {
            account.make_private_folder(&inside).map_err(at(&inside))?;
            return Ok(inside);
        }
        let digest = hexadecimal(&Sha256::digest(self.data_dir.as_os_str().as_encoded_bytes())[..8]);
        let short = PathBuf::from(format!("/tmp/torvan-{digest}"));
        match fs::DirBuilder::new().mode(0o700).create(&short) {
            Ok(()) => account.make_private_folder(&short).map_err(at(&short))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refuse_foreign(&short, account)?,
            Err(source) => return Err(ClusterError::File { path: short, source }),
        }
        Ok(short)
    }
}

/// In a folder that everybody writes to, somebody else could have been there first.
fn refuse_foreign(folder: &Path, account: &Account) -> Result<(), ClusterError> {
    let is_plain = fs::symlink_metadata(folder).map_err(at(folder))?.is_dir();
    if is_plain && account.owns(folder).map_err(at(folder))? {
        return Ok(());
    }
    let source =
        io::Error::other("belongs to somebody else; mend: remove it, or choose a shorter --data-dir");
    Err(ClusterError::File { path: folder.to_owned(), source })
}

/// The server that runs in a cluster directory.
#[derive(Debug)]
pub(super) struct Postmaster {
    pub(super) socket_dir: PathBuf,
    pub(super) port: u16,
}

impl Postmaster {
    /// Reads the server's pid file; `None` when there is none or it is a leftover.
    pub(super) fn of(layout: &Layout) -> Result<Option<Self>, ClusterError> {
        let path = layout.pid_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ClusterError::File { path, source }),
        };
        let mut lines = text.lines();
        let pid = lines.next().and_then(|line| line.trim().parse::<i32>().ok());
        let port = lines.nth(2).and_then(|line| line.trim().parse().ok());
        let socket_dir = lines.next().map(|line| PathBuf::from(line.trim()));
        let (Some(pid), Some(port), Some(socket_dir)) = (pid, port, socket_dir) else { return Ok(None) };
        let runs = is_server_of(pid, &layout.cluster_dir());
        Ok(runs.then_some(Self { socket_dir, port }))
    }
}

/// A number in a pid file may by now belong to a stranger; a server's working directory is its data.
fn is_server_of(pid: i32, cluster_dir: &Path) -> bool {
    if kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) {
        return false;
    }
    let Ok(working_dir) = fs::read_link(format!("/proc/{pid}/cwd")) else { return !is_zombie(pid) };
    let cluster_dir = cluster_dir.canonicalize().unwrap_or_else(|_| cluster_dir.to_owned());
    working_dir == cluster_dir && !is_zombie(pid)
}

/// A killed server whose parent has not yet taken note still has a number, but serves nobody.
fn is_zombie(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|text| text.rsplit(')').next().map(|rest| rest.trim_start().starts_with('Z')))
        .unwrap_or(false)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
