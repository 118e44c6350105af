//! The operating-system account that runs the server: never root.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use io::Write as _;
use nix::unistd::{Gid, Uid, User};

/// Accounts that root may run the server as, in this order.
const CANDIDATES: [&str; 2] = ["torvan", "postgres"];

/// Why no account could be chosen, or why it cannot work here.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Root, and nobody to become.
    #[error(
        "PostgreSQL does not run as root and there is neither a user torvan nor postgres; mend: useradd --system torvan, or start torvan as an ordinary user"
    )]
    NobodyToBecome,
    /// A folder above the data directory bars the way.
    #[error(
        "user {account} cannot enter {folder}; mend: choose another --data-dir, for example /var/lib/torvan"
    )]
    NoWay {
        /// Name of the account.
        account: String,
        /// The folder that bars the way.
        folder: PathBuf,
    },
    /// The data directory belongs to another user.
    #[error(
        "{folder} belongs to another user (uid {uid}), not to {account}; mend: start torvan as its owner, or choose another --data-dir"
    )]
    NotOwner {
        /// Name of the account.
        account: String,
        /// The data directory.
        folder: PathBuf,
        /// Who owns it.
        uid: u32,
    },
    /// The system could not say.
    #[error("cannot look up the accounts of this machine: {0}")]
    System(#[from] nix::Error),
}

/// The account that owns the data directory and runs the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    name: String,
    uid: Uid,
    gid: Gid,
    /// Whether commands must change to it: only when this process is root.
    becomes: bool,
}

impl Account {
    /// The present user; for root the owner of an existing data directory, else the first of [`CANDIDATES`] that exists.
    pub fn choose(data_dir: &Path) -> Result<Self, AccountError> {
        if !Uid::effective().is_root() {
            let user = User::from_uid(Uid::effective())?;
            let name = user.map_or_else(|| Uid::effective().to_string(), |user| user.name);
            return Ok(Self { name, uid: Uid::effective(), gid: Gid::effective(), becomes: false });
        }
        let owner = fs::metadata(data_dir).ok().map(|metadata| Uid::from_raw(metadata.uid()));
        if let Some(owner) = owner.filter(|owner| !owner.is_root())
            && let Some(user) = User::from_uid(owner)?
        {
            return Ok(Self::to_become(user));
        }
        for candidate in CANDIDATES {
            if let Some(user) = User::from_name(candidate)? {
                return Ok(Self::to_become(user));
            }
        }
        Err(AccountError::NobodyToBecome)
    }

    fn to_become(user: User) -> Self {
        Self { name: user.name, uid: user.uid, gid: user.gid, becomes: true }
    }

    /// Name of the account.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A command that runs as this account, away from the terminal's signals.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LC_ALL", "C");
        command.current_dir("/").process_group(0);
        if self.becomes {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Makes a folder that only this account enters.
    pub(crate) fn make_private_folder(&self, folder: &Path) -> io::Result<()> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        self.own(folder)
    }

    /// Writes a file that only this account reads.
    pub(crate) fn write_private_file(&self, path: &Path, text: &str) -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        self.own(&beside)?;
        fs::rename(&beside, path)
    }

    fn own(&self, path: &Path) -> io::Result<()> {
        if self.becomes {
            chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))?;
        }
        Ok(())
    }

    /// Whether `folder` is owned by this account.
    pub(crate) fn owns(&self, folder: &Path) -> io::Result<bool> {
        Ok(fs::metadata(folder)?.uid() == self.uid.as_raw())
    }

    /// Refuses a place which the account cannot reach or which belongs to somebody else.
    pub fn check_way_to(&self, data_dir: &Path) -> Result<(), AccountError> {
        for folder in data_dir.ancestors().skip(1) {
            if let Ok(metadata) = fs::metadata(folder)
                && !self.may_enter(&metadata)
            {
                return Err(AccountError::NoWay { account: self.name.clone(), folder: folder.to_owned() });
            }
        }
        match fs::metadata(data_dir) {
            Ok(metadata) if metadata.uid() != self.uid.as_raw() && !self.may_take(data_dir, &metadata) => {
                Err(AccountError::NotOwner {
                    account: self.name.clone(),
                    folder: data_dir.to_owned(),
                    uid: metadata.uid(),
                })
            }
            _ => Ok(()),
        }
    }

    /// An empty folder that root made for this purpose may be handed over.
    fn may_take(&self, folder: &Path, metadata: &fs::Metadata) -> bool {
        let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
        self.becomes && metadata.uid() == 0 && is_empty
    }

    fn may_enter(&self, metadata: &fs::Metadata) -> bool {
        let shift = if metadata.uid() == self.uid.as_raw() {
            6
        } else if metadata.gid() == self.gid.as_raw() {
            3
        } else {
            0
        };
        metadata.mode() >> shift & 1 == 1
    }
}

/// Free space for ordinary users on the file system that holds `path` or its nearest existing folder.
#[must_use]
pub fn free_bytes(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.exists())?;
    let statistics = nix::sys::statvfs::statvfs(existing).ok()?;
    Some(statistics.blocks_available() * statistics.fragment_size())
}
