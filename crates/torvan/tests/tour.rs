//! The tour of the API (`docs/api-tour.md`) as a reader takes it: its blocks in one shell, against a server that was just started.

#![expect(clippy::unwrap_used, reason = "a failure names its line")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server of this test's own; ended with it.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn product() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Text between a line that begins a block and the one that ends it.
fn blocks(document: &str, opening: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if line == opening {
            found.push(lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n"));
        } else if line.starts_with("```") {
            let _ = lines.by_ref().take_while(|line| *line != "```").count();
        }
    }
    found
}

/// Starts `torvan up` in a folder; returns it, its address and its setup code.
fn start(folder: &Path) -> (Up, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torvan"));
    command.args(["up", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.join("torvan"));
    command.env_remove("TORVAN_DATABASE_URL").env("TORVAN_LOG", "error").stdout(Stdio::piped());
    if let Some(programs) = std::env::var_os("TORVAN_TEST_PG_BIN").filter(|programs| !programs.is_empty()) {
        command.env("TORVAN_PG_BIN", programs);
    }
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let up = Up(child);
    let (mut url, mut code) = (String::new(), String::new());
    for line in output.lines() {
        let line = line.unwrap();
        if let Some(place) = line.strip_prefix("Serving ") {
            place.clone_into(&mut url);
        }
        if line.starts_with("Setup code") {
            line.rsplit(' ').next().unwrap().clone_into(&mut code);
        }
        if line.starts_with("Running") {
            return (up, url, code);
        }
    }
    panic!("torvan up ended before it served");
}

#[test]
fn the_tour_of_the_api_ends_as_it_says() {
    for program in ["curl", "jq", "oathtool"] {
        let found = Command::new(program).arg("--version").output();
        assert!(found.is_ok(), "{program} is not installed on this machine; mend: script/bootstrap");
    }
    let document = std::fs::read_to_string(product().join("docs/api-tour.md")).unwrap();
    let script = blocks(&document, "```sh").join("\n");
    let ending = blocks(&document, "```").pop().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The server's account is not ours: it needs a way to the folder.
    let _ = Command::new("chmod").arg("755").arg(folder.path()).status();
    let (_up, url, code) = start(folder.path());
    let taken = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(product())
        .env("TORVAN_URL", url)
        .env("TORVAN_SETUP_CODE", code)
        .output()
        .unwrap();
    let (shown, said) = (String::from_utf8_lossy(&taken.stdout), String::from_utf8_lossy(&taken.stderr));
    assert!(taken.status.success(), "{shown}\n{said}");
    assert!(shown.trim_end().ends_with(ending.trim()), "{shown}\n{said}");
    for answer in ["403: ", "409: ", "412: ", "422: ", "404: "] {
        assert!(shown.contains(answer), "no answer {answer}: {shown}");
    }
}
