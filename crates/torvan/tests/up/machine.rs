//! A machine of a test's own, and what `torvan` says there.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;

/// A machine's data directory; nothing of it runs on when the test is over.
pub(crate) struct Machine {
    pub(crate) folder: TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // The server may run as another user than the test does.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// URL for a role of the running cluster.
    pub(crate) fn url(&self, role: &str) -> String {
        let secret = self.data_dir().join("secrets").join(format!("{role}.password"));
        let password = fs::read_to_string(secret).unwrap();
        format!(
            "postgres://{role}:{}@localhost/torvan_workflow?host={}",
            password.trim(),
            self.data_dir().join("run").display()
        )
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_torvan"));
        command.args(arguments).arg("--data-dir").arg(self.data_dir());
        command.env_remove("TORVAN_DATABASE_URL").env_remove("TORVAN_DATA_DIR");
        // Tests run beside each other: each server takes a port that is free.
        command.env("TORVAN_LISTEN", "127.0.0.1:0");
        if let Some(folder) = std::env::var_os("TORVAN_TEST_PG_BIN").filter(|folder| !folder.is_empty()) {
            command.env("TORVAN_PG_BIN", folder);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts `torvan up` and waits until it says that it runs.
    pub(crate) fn up(&self) -> Up {
        self.start(&["up", "--no-sample-data"])
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Up {
        let mut process = self.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let (mut shown, mut line) = (String::new(), String::new());
        while lines.read_line(&mut line).unwrap() > 0 {
            if line.starts_with("Running.") {
                return Up { process, lines, shown };
            }
            shown.push_str(&line);
            line.clear();
        }
        panic!("torvan up ended before it ran: {:?}", process.wait());
    }

    pub(crate) fn postmaster(&self) -> Option<String> {
        let text = fs::read_to_string(self.data_dir().join("postgres/postmaster.pid")).ok()?;
        text.lines().next().map(str::to_owned)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            signal("QUIT", &pid);
        }
    }
}

pub(crate) struct Up {
    pub(crate) process: Child,
    pub(crate) lines: BufReader<ChildStdout>,
    /// What it said before it ran.
    pub(crate) shown: String,
}

impl Up {
    /// Stops it and waits for its end.
    pub(crate) fn end(mut self) {
        self.signal("TERM");
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(name, &self.process.id().to_string());
    }

    /// The next line that contains these words.
    pub(crate) fn wait_for(&mut self, words: &str) {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            if line.contains(words) {
                return;
            }
            line.clear();
        }
        panic!("torvan up ended without saying \"{words}\"");
    }
}

pub(crate) fn signal(name: &str, pid: &str) {
    Command::new("kill").args([&format!("-{name}"), pid]).stderr(Stdio::null()).status().unwrap();
}

pub(crate) fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}
