//! The files of `database/` as a value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::manifest::Manifest;

const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Where the list of files to run is written down.
const ORDER: &str = "deployment/order.txt";

/// What can be wrong with the files themselves. Each names the file and the mend.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant says it")]
pub enum TreeError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} is missing from the files of the database")]
    Missing { path: String },
    #[error("{ORDER}, line {line}: {message}")]
    Order { line: usize, message: String },
    #[error("{}", .0.join("\n"))]
    Findings(Vec<String>),
}

/// The files of `database/`, by their path below it.
#[derive(Debug, Clone)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// The files this binary was built with.
    #[must_use]
    pub fn embedded() -> Self {
        Self { files: EMBEDDED.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    /// The files as they are on disk now.
    pub fn from_dir(dir: &Path) -> Result<Self, TreeError> {
        let mut files = BTreeMap::new();
        read_into(dir, dir, &mut files)?;
        Ok(Self { files })
    }

    /// The same tree with one file replaced or added.
    #[must_use]
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<&str, TreeError> {
        self.files.get(path).map(String::as_str).ok_or_else(|| TreeError::Missing { path: path.to_owned() })
    }

    /// Paths and texts of all files.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The ordered list of what a deployment runs.
    pub fn manifest(&self) -> Result<Manifest, TreeError> {
        Manifest::read(self, self.text(ORDER)?)
    }
}

fn read_into(root: &Path, dir: &Path, files: &mut BTreeMap<String, String>) -> Result<(), TreeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| TreeError::Read { path, source }
    };
    for entry in fs::read_dir(dir).map_err(failed(dir))? {
        let path = entry.map_err(failed(dir))?.path();
        if path.is_dir() {
            read_into(root, &path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "sql" || ending == "txt") {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, text);
        }
    }
    Ok(())
}
