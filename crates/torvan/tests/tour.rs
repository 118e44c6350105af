//! The tour of the API (`docs/api-tour.md`) as a reader takes it: its blocks in one shell, against a server that was just started.

#![expect(clippy::unwrap_used, reason = "a failure names its line")]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// What ends the output of a block: no answer of the server holds it.
const END_OF_BLOCK: char = '\u{1e}';

/// A server of this test's own; ended with it. What it says is kept open, so that it can say how it ends.
struct Up {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = std::io::copy(&mut self.lines, &mut std::io::sink());
        let _ = self.process.wait();
    }
}

/// A block of commands, and what the document shows that it prints.
struct Block {
    commands: String,
    shown: String,
}

fn product() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The blocks of commands, each with the output that follows it before the next one.
fn blocks(document: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "sh" => found.push(Block { commands: text.join("\n"), shown: String::new() }),
            "text" => {
                let block = found.last_mut().unwrap();
                assert!(block.shown.is_empty(), "two outputs under one block: {text:?}");
                block.shown = text.join("\n");
            }
            other => panic!("a block of kind {other:?} is neither taken nor compared: {text:?}"),
        }
    }
    found
}

/// Starts `torvan up` in a folder; returns it, its address and its setup code.
fn start(folder: &Path) -> (Up, String, String) {
    // The server may run as another user than the test does.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_torvan"));
    command.args(["up", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.join("torvan"));
    command.env_remove("TORVAN_DATABASE_URL").env_remove("TORVAN_DATA_DIR").env("TORVAN_LOG", "error");
    if let Some(programs) = std::env::var_os("TORVAN_TEST_PG_BIN").filter(|programs| !programs.is_empty()) {
        command.env("TORVAN_PG_BIN", programs);
    }
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap());
    let mut up = Up { process, lines };
    let (mut url, mut code, mut line) = (String::new(), String::new(), String::new());
    while up.lines.read_line(&mut line).unwrap() > 0 {
        if let Some(place) = line.trim_end().strip_prefix("Serving ") {
            place.clone_into(&mut url);
        }
        if line.starts_with("Setup code") {
            line.trim_end().rsplit(' ').next().unwrap().clone_into(&mut code);
        }
        if line.starts_with("Running") {
            assert!(
                !url.is_empty() && !code.is_empty(),
                "torvan up did not say where it serves, or its setup code"
            );
            return (up, url, code);
        }
        line.clear();
    }
    panic!("torvan up ended before it served");
}

#[test]
fn the_tour_of_the_api_prints_what_it_shows() {
    for program in ["curl", "jq", "oathtool"] {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).status();
        assert!(found.is_ok(), "{program} is not installed on this machine; mend: script/bootstrap");
    }
    let blocks = blocks(&fs::read_to_string(product().join("docs/api-tour.md")).unwrap());
    let mut script = String::new();
    for block in &blocks {
        writeln!(script, "{}\nprintf '{END_OF_BLOCK}'", block.commands).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let (_up, url, code) = start(folder.path());
    let taken = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(product())
        .env("TORVAN_URL", url)
        .env("TORVAN_SETUP_CODE", code)
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();

    let (printed, said) = (String::from_utf8_lossy(&taken.stdout), String::from_utf8_lossy(&taken.stderr));
    let outputs: Vec<_> = printed.split(END_OF_BLOCK).collect();
    for (block, output) in blocks.iter().zip(&outputs) {
        assert_eq!(
            output.trim_end(),
            block.shown,
            "printed and shown differ; {}\nafter:\n{}",
            said,
            block.commands
        );
    }
    assert!(taken.status.success(), "{said}");
    assert_eq!(
        outputs.len(),
        blocks.len() + 1,
        "blocks that were taken to their end, and what follows the last"
    );
    assert_eq!(said, "", "nothing is said to be wrong");
    // The document itself ends where it promises to.
    assert!(blocks.last().unwrap().shown.ends_with("PO-4711 is in PRODUCTION"));
    let shown: Vec<_> = blocks.iter().flat_map(|block| block.shown.lines()).collect();
    for answer in ["403 forbidden", "409 guard-failed", "412 stale-version", "422 idempotency-key-reused"] {
        assert!(shown.contains(&answer), "the tour does not show {answer}");
    }
}
